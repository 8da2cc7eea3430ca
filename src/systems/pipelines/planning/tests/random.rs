//! A thousand small projects, planned twice.

use super::naive::{Naive, Planned, Values};
use super::*;
use crate::systems::pipelines::values::ParamType;

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound as u64).unwrap()
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

const PARAMS: [(&str, ParamType, &[&str]); 4] = [
    (
        "date",
        ParamType::Date,
        &["=2026-11-15", "2026-11-14,2026-11-15"],
    ),
    ("kind", ParamType::Choice, &["x,y,z", "=y x,y,z"]),
    ("n", ParamType::Int, &["1,2", "=3"]),
    ("z", ParamType::String, &["=v", "v,w"]),
];

/// What may stand in a requirement, with the parameters of the requiring task that it uses.
fn wanted(random: &mut Random, name: &str, has: &[&str]) -> &'static str {
    let has = |name| has.contains(&name);
    match name {
        "date" if has("date") => random.pick(&[
            "{date-1d}",
            "{date}",
            "{date-1d}..{date}",
            "{date+1d}",
            "2026-11-14",
        ]),
        "date" => random.pick(&["2026-11-14", "2026-11-13..2026-11-15"]),
        "kind" if has("kind") => random.pick(&["{kind}", "x,y", "z"]),
        "kind" => random.pick(&["x", "z,y", "x,x"]),
        "n" => random.pick(&["1", "2,1", "1..3"]),
        _ => random.pick(&["v", "w"]),
    }
}

fn project(random: &mut Random) -> Build {
    let count = 2 + random.below(7);
    let mut params: Vec<Vec<&str>> = Vec::new();
    let mut tasks: Vec<TaskBuild> = Vec::new();
    for no in 0..count {
        let mut build = task(&format!("t{no}"));
        let mut own = Vec::new();
        for (name, kind, declarations) in PARAMS {
            if random.one_in(3) {
                build = build.param(name, kind, random.pick(declarations));
                own.push(name);
            }
        }
        build = match random.below(6) {
            0 => build.input(random.one_in(2)),
            1 => build.group(),
            _ => build,
        };
        params.push(own);
        tasks.push(build);
    }
    let cyclic = random.one_in(4);
    for no in 0..count {
        for _ in 0..random.below(4) {
            let on = if cyclic && random.one_in(4) {
                random.below(count)
            } else if no > 0 {
                random.below(no)
            } else {
                continue;
            };
            // Chains through days would not end.
            let mut given = Vec::new();
            for name in &params[on] {
                if random.one_in(2) && (on < no || *name != "date") {
                    given.push((*name, wanted(random, name, &params[no])));
                }
            }
            let build = std::mem::replace(&mut tasks[no], task(""));
            let on = format!("t{on}");
            tasks[no] = if random.one_in(4) {
                build.optional(&on, &given)
            } else {
                build.needs(&on, &given)
            };
        }
    }
    if random.one_in(2) {
        tasks.reverse();
    }
    Build::new(tasks)
}

fn of_plan(plan: &Plan) -> Planned {
    let show = |instance: &Instance| {
        let mut word = instance.action.as_str().to_owned();
        if let Some(Reason::Forced | Reason::Stale) = instance.reason {
            word = format!("{word} {}", plan.reason(instance).unwrap());
        }
        let needs = instance.needs.iter().map(|need| {
            (
                plan.instances[need.on as usize].identity.to_string(),
                need.optional,
            )
        });
        (instance.identity.to_string(), (word, needs.collect()))
    };
    plan.instances.iter().map(show).collect()
}

fn check_order(plan: &Plan) {
    for (place, instance) in (0..).zip(&plan.instances) {
        for need in &instance.needs {
            assert!(need.on < place, "what is needed stands before");
            let needed = &plan.instances[need.on as usize];
            assert!(needed.priority >= instance.priority);
        }
    }
    let mut ranks: Vec<_> = plan
        .instances
        .iter()
        .map(|instance| instance.rank)
        .collect();
    ranks.sort_unstable();
    assert!(
        ranks
            .iter()
            .copied()
            .eq(0..u32::try_from(ranks.len()).unwrap())
    );
}

#[test]
fn a_thousand_projects_are_planned_as_a_simpler_planner_does() {
    let (mut circles, mut planned) = (0, 0);
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 1..=1500 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed) | 1);
        let build = project(&mut random);
        let target = build.tasks[random.below(build.tasks.len())].clone();
        let mut params = Vec::new();
        for param in &target.params {
            if random.one_in(2) {
                params.push((
                    param.name.as_str(),
                    match param.name.as_str() {
                        "date" => random.pick(&["2026-11-15"]),
                        "kind" => random.pick(&["x", "z,x"]),
                        "n" => "1",
                        _ => "v",
                    },
                ));
            }
        }
        // Values of a declaration may leave out the given one.
        let Ok(read) = Target::read(&target, params.iter().copied()) else {
            continue;
        };
        let everything = {
            let own = build.project();
            let all = Planner::new(
                own,
                &|_| None,
                std::slice::from_ref(&read),
                Options::default(),
                now(),
            );
            let all = all.and_then(|planner| answered(planner, &World::default()));
            all.map(|(_, asked, _)| asked).unwrap_or_default()
        };
        let mut world = World::default();
        for question in &everything {
            let name = question.identity.to_string();
            match random.below(8) {
                0 | 1 => drop(world.complete.insert(name)),
                2 => drop(world.unfinished.insert(name)),
                3 => {
                    world.stale.insert(name.clone());
                    world.complete.insert(name);
                }
                _ => {}
            }
        }
        let options = Options {
            force: random.one_in(4),
            force_all: random.one_in(6),
            stale: random.one_in(3),
            ..Options::default()
        };
        let own = build.project();
        let made = Planner::new(own, &|_| None, std::slice::from_ref(&read), options, now());
        let made = made
            .and_then(|planner| answered(planner, &world))
            .map(|(plan, _, _)| plan);
        if matches!(made, Err(PlanError::Requirement { .. })) {
            continue;
        }
        let keys = targets(&target, &read);
        let naive = Naive::plan(&build.tasks, &world, options, keys);
        match (made, naive) {
            (Ok(plan), Some(naive)) => {
                assert_eq!(
                    of_plan(&plan),
                    naive,
                    "seed {seed}\n{}",
                    picture(&plan, true)
                );
                check_order(&plan);
                for instance in &plan.instances {
                    *words
                        .entry(instance.action.as_str().to_owned())
                        .or_default() += 1;
                }
                planned += 1;
            }
            (Err(PlanError::Circle { .. }), None) => circles += 1,
            (made, naive) => panic!("seed {seed}: {made:?}, {naive:?}"),
        }
    }
    assert!(planned > 1000 && circles > 20, "{planned} {circles}");
    assert_eq!(words.len(), 7, "{words:?}");
}

fn targets(
    task: &crate::systems::pipelines::project::Task,
    read: &Target,
) -> Vec<(String, Values)> {
    use crate::systems::pipelines::project::ParamDefault;
    let mut all = vec![Values::new()];
    for param in &task.params {
        let given = read.params.iter().find(|(name, _)| *name == param.name);
        let values: Vec<String> = match (given, &param.default) {
            (Some((_, values)), _) => values.iter().map(ToString::to_string).collect(),
            (None, Some(ParamDefault::Value(value))) => vec![value.to_string()],
            (None, _) => param
                .values
                .as_ref()
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect(),
        };
        let with = |known: &Values| {
            let known = known.clone();
            let name = param.name.clone();
            values.clone().into_iter().map(move |value| {
                let mut more = known.clone();
                more.insert(name.clone(), value);
                more
            })
        };
        all = all.iter().flat_map(with).collect();
    }
    all.into_iter()
        .map(|values| (task.name.clone(), values))
        .collect()
}
