//! Another planner, simple and slow: instances are texts, and everything is looked up again and
//! again.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::systems::pipelines::project::{ParamDefault, Requirement, Task, Wanted};
use crate::systems::pipelines::values::{ParamType, Piece, Shift, Template};

pub(super) type Values = BTreeMap<String, String>;
type Key = (String, Values);

pub(super) struct Naive<'w> {
    pub tasks: &'w [Task],
    pub world: &'w World,
    pub options: Options,
    pub targets: Vec<Key>,
    wanted: BTreeSet<Key>,
}

/// Action with reason, and needs with whether they are optional.
pub(super) type Planned = BTreeMap<String, (String, BTreeMap<String, bool>)>;

impl<'w> Naive<'w> {
    pub fn plan(
        tasks: &'w [Task],
        world: &'w World,
        options: Options,
        targets: Vec<Key>,
    ) -> Option<Planned> {
        let mut naive = Self {
            tasks,
            world,
            options,
            targets,
            wanted: BTreeSet::new(),
        };
        let mut open = naive.targets.clone();
        while let Some(key) = open.pop() {
            if naive.wanted.insert(key.clone()) && naive.descends(&key) {
                open.extend(
                    naive
                        .needs(&key)
                        .into_iter()
                        .filter(|(_, optional)| !optional)
                        .map(|(key, _)| key),
                );
            }
        }
        let mut kept = naive.wanted.clone();
        loop {
            let before = kept.len();
            for key in kept.clone() {
                if !naive.descends(&key) {
                    continue;
                }
                for (need, optional) in naive.needs(&key) {
                    if !optional
                        || naive.is_complete(&need, &mut Vec::new())
                        || naive.word(&need) == "shared"
                    {
                        kept.insert(need);
                    }
                }
            }
            if kept.len() == before {
                break;
            }
        }
        let mut edges: BTreeMap<Key, BTreeMap<Key, bool>> = BTreeMap::new();
        for key in &kept {
            let mut needs = BTreeMap::new();
            if naive.descends(key) {
                for (need, optional) in naive.needs(key) {
                    if kept.contains(&need) {
                        let known = needs.entry(need).or_insert(optional);
                        *known &= optional;
                    }
                }
            }
            edges.insert(key.clone(), needs);
        }
        for key in &kept {
            if reaches(&edges, key, key) {
                return None;
            }
        }
        let mut planned = Planned::new();
        for key in &kept {
            let mut word = naive.word(key);
            if naive.is_blocked(&edges, key) {
                word = "blocked".to_owned();
            }
            let needs = edges[key]
                .iter()
                .map(|(need, optional)| (naive.name(need), *optional));
            planned.insert(naive.name(key), (word, needs.collect()));
        }
        Some(planned)
    }

    fn task(&self, key: &Key) -> &'w Task {
        self.tasks.iter().find(|task| task.name == key.0).unwrap()
    }

    fn name(&self, key: &Key) -> String {
        let pairs: Vec<_> = key
            .1
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if pairs.is_empty() {
            key.0.clone()
        } else {
            format!("{}({})", key.0, pairs.join(","))
        }
    }

    fn word(&self, key: &Key) -> String {
        let (task, name) = (self.task(key), self.name(key));
        let is_wanted = self.wanted.contains(key);
        let word = if task.is_group() {
            if self.is_complete(key, &mut Vec::new()) {
                "complete"
            } else {
                "group"
            }
        } else if self.world.unfinished.contains(&name) {
            "shared"
        } else if !self.world.complete.contains(&name) {
            match (task.is_made_by_others(), task.wait.is_some()) {
                (true, true) => "wait",
                (true, false) => "missing",
                (false, _) => "run",
            }
        } else if task.is_made_by_others() || !is_wanted {
            if self.world.stale.contains(&name) {
                "complete stale"
            } else {
                "complete"
            }
        } else if self.options.force_all || self.options.force && self.targets.contains(key) {
            "run forced"
        } else if self.options.stale && self.is_made_again(key, &mut Vec::new()) {
            "run stale"
        } else if self.world.stale.contains(&name) {
            "complete stale"
        } else {
            "complete"
        };
        word.to_owned()
    }

    /// Whether it is stale, or something that it needs is.
    fn is_made_again(&self, key: &Key, above: &mut Vec<Key>) -> bool {
        let (task, name) = (self.task(key), self.name(key));
        let is_complete = self.world.complete.contains(&name)
            && !self.world.unfinished.contains(&name)
            && !task.is_made_by_others();
        if !task.is_group() && !is_complete || above.contains(key) {
            return false;
        }
        if !task.is_group() && self.world.stale.contains(&name) {
            return true;
        }
        above.push(key.clone());
        let needs = self.needs(key);
        let any = needs
            .iter()
            .any(|(need, optional)| !*optional && self.is_made_again(need, above));
        above.pop();
        any
    }

    fn descends(&self, key: &Key) -> bool {
        let word = self.word(key);
        self.task(key).is_group() || word.starts_with("run") || word == "wait"
    }

    fn is_complete(&self, key: &Key, above: &mut Vec<Key>) -> bool {
        if !self.task(key).is_group() {
            return self.word(key).starts_with("complete");
        }
        if above.contains(key) {
            return true;
        }
        above.push(key.clone());
        let needs = self.needs(key);
        let all = needs
            .iter()
            .all(|(need, optional)| *optional || self.is_complete(need, above));
        above.pop();
        all
    }

    fn is_blocked(&self, edges: &BTreeMap<Key, BTreeMap<Key, bool>>, key: &Key) -> bool {
        edges[key].iter().any(|(need, optional)| {
            !optional && (self.word(need) == "missing" || self.is_blocked(edges, need))
        })
    }

    fn needs(&self, key: &Key) -> Vec<(Key, bool)> {
        let task = self.task(key);
        task.requires
            .iter()
            .flat_map(|requirement| self.required(key, requirement))
            .collect()
    }

    fn required(&self, key: &Key, requirement: &Requirement) -> Vec<(Key, bool)> {
        let on = self
            .tasks
            .iter()
            .find(|task| task.name == requirement.task)
            .unwrap();
        let mut all = vec![Values::new()];
        for param in &on.params {
            let given = requirement
                .params
                .iter()
                .find(|(name, _)| *name == param.name);
            let values: Vec<String> = if let Some((_, wanted)) = given {
                match wanted {
                    Wanted::One(template) => vec![filled(template, &key.1)],
                    Wanted::List(templates) => templates
                        .iter()
                        .map(|template| filled(template, &key.1))
                        .collect(),
                    Wanted::Range(first, last) => {
                        between(param.kind, &filled(first, &key.1), &filled(last, &key.1))
                    }
                }
            } else if let Some(value) = key.1.get(&param.name) {
                vec![value.clone()]
            } else if let Some(ParamDefault::Value(value)) = &param.default {
                vec![value.to_string()]
            } else {
                param
                    .values
                    .as_ref()
                    .unwrap()
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            };
            let is_admitted = |value: &String| {
                let listed = param.values.as_ref();
                listed.is_none_or(|listed| listed.iter().any(|known| known.to_string() == *value))
            };
            let values: Vec<String> = values
                .into_iter()
                .filter(|value| !requirement.optional || is_admitted(value))
                .collect();
            all = all
                .iter()
                .flat_map(|known| {
                    values.iter().map(|value| {
                        let mut more = known.clone();
                        more.insert(param.name.clone(), value.clone());
                        more
                    })
                })
                .collect();
        }
        all.into_iter()
            .map(|values| ((on.name.clone(), values), requirement.optional))
            .collect()
    }
}

fn reaches(edges: &BTreeMap<Key, BTreeMap<Key, bool>>, from: &Key, to: &Key) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Key> = edges[from].keys().collect();
    while let Some(key) = open.pop() {
        if key == to {
            return true;
        }
        if seen.insert(key) {
            open.extend(edges[key].keys());
        }
    }
    false
}

/// Days of one month are enough.
fn filled(template: &Template, values: &Values) -> String {
    let fill = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value { name, shift, .. } => {
            let value = &values[name];
            match shift.first() {
                None => value.clone(),
                Some(Shift::Days(days)) => {
                    let day: i64 = value[8..].parse().unwrap();
                    format!("{}{:02}", &value[..8], day + days)
                }
                Some(other) => unreachable!("{other}"),
            }
        }
    };
    template.pieces.iter().map(fill).collect()
}

fn between(kind: ParamType, first: &str, last: &str) -> Vec<String> {
    let start = if kind == ParamType::Date { 8 } else { 0 };
    let (from, to): (i64, i64) = (
        first[start..].parse().unwrap(),
        last[start..].parse().unwrap(),
    );
    let write = |number| match kind {
        ParamType::Date => format!("{}{number:02}", &first[..8]),
        _ => format!("{number}"),
    };
    (from..=to).map(write).collect()
}
