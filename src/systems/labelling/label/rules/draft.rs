//! Checks the rules of a set as a whole, whatever form they were read from.
//!
//! A reader fills a [`Draft`] and knows the place of each rule. The checks are the same for all
//! forms: names of labels, texts that fold to nothing, patterns that do not compile, rules that
//! are given twice. All faults are collected.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::allowance::Allowance;
use super::finding::{Finding, Place, RuleSetError};
use super::fold::Fold;
use super::pattern;
use super::set::{LabelRules, MatchType, Rule, RuleSet};

/// Labels are numbered in 16 bits by the matcher.
pub(in crate::systems::labelling) const MAX_LABELS: usize = u16::MAX as usize;

/// A rule set that can be used, and warnings for its author.
#[derive(Debug)]
pub struct Loaded {
    pub set: RuleSet,
    pub warnings: Vec<Finding>,
}

/// Rules as they were read, each with its position.
#[derive(Default)]
pub(super) struct Draft {
    pub labels: Vec<DraftLabel>,
    pub faults: Vec<(Position, String)>,
    pub warnings: Vec<(Position, String)>,
}

pub(super) struct DraftLabel {
    pub name: String,
    /// A rule and its `Position::rule`; a line that names several types gives several rules with
    /// one position.
    pub rules: Vec<(usize, Rule)>,
}

/// The label, counted in the draft's order, and the line or the element; `None` is the label as a
/// whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Position {
    pub label: usize,
    pub rule: Option<usize>,
}

/// Knows the places of the rules of a draft.
pub(super) trait Locate {
    fn place(&self, position: Position) -> Place;
    /// The place of the set as a whole.
    fn whole(&self) -> Place;
}

/// Two rules with one key match the same texts.
type Key = (String, Option<MatchType>);

/// Where a key was met first, in all labels and in the latest of them.
struct Seen {
    first: Position,
    in_label: Position,
}

impl Position {
    pub fn label(label: usize) -> Self {
        Self { label, rule: None }
    }

    pub fn rule(label: usize, rule: usize) -> Self {
        Self {
            label,
            rule: Some(rule),
        }
    }
}

impl Draft {
    /// Checks everything and adds the labels to `set`, which has the options already.
    pub fn finish(
        mut self,
        mut set: RuleSet,
        locate: &dyn Locate,
        allowance: &Allowance,
    ) -> Result<Loaded, RuleSetError> {
        self.check_sizes(locate, allowance)?;
        self.check_labels();
        self.check_rules(&set, allowance)?;
        self.drop_duplicates(Fold::of(&set), locate);
        let mut faults = located(&self.faults, locate);
        let no_rules = self.labels.iter().all(|label| label.rules.is_empty());
        if faults.is_empty() && no_rules {
            faults.push(Finding {
                place: locate.whole(),
                reason: format!("no rules of a {} were found", set.model_type),
            });
        }
        if self.labels.len() > MAX_LABELS {
            faults.push(Finding {
                place: locate.whole(),
                reason: format!(
                    "{} labels, at most {MAX_LABELS} are possible",
                    self.labels.len()
                ),
            });
        }
        if !faults.is_empty() {
            return Err(RuleSetError::Invalid { faults });
        }
        let warnings = located(&self.warnings, locate);
        set.labels = self.labels.into_iter().map(DraftLabel::finish).collect();
        Ok(Loaded { set, warnings })
    }

    /// Before anything is made of the rules: what is too large is not looked at.
    fn check_sizes(&self, locate: &dyn Locate, allowance: &Allowance) -> Result<(), RuleSetError> {
        let (mut rules, mut bytes, mut faults) = (0, 0, Vec::new());
        for (index, label) in self.labels.iter().enumerate() {
            bytes += label.name.len();
            let fault = allowance.label_fault(&label.name);
            faults.extend(fault.map(|reason| (Position::label(index), reason)));
            for (position, rule) in &label.rules {
                rules += 1;
                bytes += rule.text().len();
                let fault = allowance.rule_fault(rule);
                faults.extend(fault.map(|reason| (Position::rule(index, *position), reason)));
            }
        }
        faults.dedup();
        let mut faults = located(&faults, locate);
        faults.extend(allowance.set_fault(rules, bytes).map(|reason| Finding {
            place: locate.whole(),
            reason,
        }));
        if faults.is_empty() {
            return Ok(());
        }
        Err(RuleSetError::Invalid { faults })
    }

    fn check_labels(&mut self) {
        let mut seen = HashSet::new();
        let mut faulty: HashSet<_> = self.faults.iter().map(|(at, _)| at.label).collect();
        for (index, label) in self.labels.iter().enumerate() {
            let at = Position::label(index);
            if let Some(reason) = label_fault(&label.name) {
                self.faults.push((at, reason));
                faulty.insert(index);
            } else if !seen.insert(label.name.as_str()) {
                let reason = format!("label `{}` is given twice", label.name);
                self.faults.push((at, reason));
                faulty.insert(index);
            }
            if label.rules.is_empty() && !faulty.contains(&index) {
                let reason = format!("label `{}` has no rules, no row will get it", label.name);
                self.warnings.push((at, reason));
            }
        }
    }

    fn check_rules(&mut self, set: &RuleSet, allowance: &Allowance) -> Result<(), RuleSetError> {
        let fold = Fold::of(set);
        for (index, label) in self.labels.iter().enumerate() {
            for (position, rule) in &label.rules {
                allowance.check_time()?;
                let at = Position::rule(index, *position);
                match check_rule(rule, fold) {
                    Ok(None) => {}
                    Ok(Some(warning)) => self.warnings.push((at, warning)),
                    Err(reason) => self.faults.push((at, reason)),
                }
            }
        }
        // A line with several types is one rule with one fault.
        self.faults.dedup();
        Ok(())
    }

    fn drop_duplicates(&mut self, fold: Fold, locate: &dyn Locate) {
        let mut seen: HashMap<Key, Seen> = HashMap::new();
        for (index, label) in self.labels.iter_mut().enumerate() {
            label.rules.retain(|(position, rule)| {
                let at = Position::rule(index, *position);
                let seen = match seen.entry(key(rule, fold)) {
                    Entry::Occupied(seen) => seen.into_mut(),
                    Entry::Vacant(vacant) => {
                        vacant.insert(Seen {
                            first: at,
                            in_label: at,
                        });
                        return true;
                    }
                };
                if seen.in_label.label == index {
                    let reason = duplicate(rule, seen.in_label, at, locate);
                    self.warnings.push((at, reason));
                    return false;
                }
                let reason = in_two_labels(rule, seen.first, at, locate);
                self.warnings.push((at, reason));
                seen.in_label = at;
                true
            });
        }
    }
}

impl DraftLabel {
    fn finish(self) -> LabelRules {
        LabelRules {
            name: self.name,
            rules: self.rules.into_iter().map(|(_, rule)| rule).collect(),
        }
    }
}

/// What is wrong with the name of a label: it becomes the panel `/<label>`.
pub(in crate::systems::labelling) fn label_fault(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        return Some("a label has no name".to_owned());
    }
    name.contains(|c: char| c == '/' || c.is_control())
        .then(|| format!("label {name:?} contains `/` or a control character"))
}

fn check_rule(rule: &Rule, fold: Fold) -> Result<Option<String>, String> {
    match rule {
        Rule::Keyword(text, _) | Rule::Pattern(text) if text.trim().is_empty() => {
            Err("the rule has no text".to_owned())
        }
        Rule::Keyword(text, _) if fold.text(text).is_empty() => Err(format!(
            "nothing is left of the text {text:?} when it is normalised"
        )),
        Rule::Keyword(..) => Ok(None),
        Rule::Pattern(text) => {
            let pattern = fold.pattern(text);
            if pattern.trim().is_empty() {
                return Err(format!(
                    "nothing is left of the pattern {text:?} when it is normalised"
                ));
            }
            pattern::check(&pattern, fold.case_sensitive())
        }
    }
}

fn key(rule: &Rule, fold: Fold) -> Key {
    match rule {
        Rule::Keyword(text, match_type) => (fold.text(text), Some(*match_type)),
        Rule::Pattern(text) => (fold.pattern(text).into_owned(), None),
    }
}

fn duplicate(rule: &Rule, first: Position, at: Position, locate: &dyn Locate) -> String {
    let text = rule.text();
    if first.rule == at.rule {
        return format!("rule {text:?} names one match type twice, it counts once");
    }
    let first = locate.place(first).seen_from(&locate.place(at));
    format!("rule {text:?} is the same as at {first}, it counts once")
}

fn in_two_labels(rule: &Rule, first: Position, at: Position, locate: &dyn Locate) -> String {
    let first = locate.place(first).seen_from(&locate.place(at));
    format!("rule {:?} is in another label too, at {first}", rule.text())
}

fn located(found: &[(Position, String)], locate: &dyn Locate) -> Vec<Finding> {
    let mut found: Vec<_> = found.iter().collect();
    found.sort_by_key(|(position, _)| (position.label, position.rule));
    found
        .into_iter()
        .map(|(position, reason)| Finding {
            place: locate.place(*position),
            reason: reason.clone(),
        })
        .collect()
}
