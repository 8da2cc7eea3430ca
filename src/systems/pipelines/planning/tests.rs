use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::*;

mod backfill;
mod build;
mod example;
mod naive;
mod pictures;
mod planning;
mod random;
mod refusals;
mod speed;
mod stale;
mod why;

use build::{Build, TaskBuild, task};

/// What exists, what is being made, and what was made by another version.
#[derive(Clone, Debug, Default)]
struct World {
    complete: BTreeSet<String>,
    unfinished: BTreeSet<String>,
    stale: BTreeSet<String>,
}

fn world(complete: &[&str]) -> World {
    World {
        complete: complete.iter().map(|name| (*name).to_owned()).collect(),
        ..World::default()
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-21T20:00:00Z".parse().unwrap()
}

impl World {
    fn answer(&self, question: &Question) -> Answer {
        let identity = question.identity.to_string();
        let fingerprint = &question.project.tasks[question.task].fingerprint;
        Answer {
            id: question.id,
            missing: (!self.complete.contains(&identity)).then(|| format!("out/{identity}")),
            is_unfinished: self.unfinished.contains(&identity),
            fingerprint: Some(if self.stale.contains(&identity) {
                "before".to_owned()
            } else {
                fingerprint.clone()
            }),
        }
    }

    /// Makes everything that a plan makes.
    fn make(&mut self, plan: &Plan) {
        let instances = plan.instances.iter();
        self.complete
            .extend(instances.map(|instance| instance.identity.to_string()));
    }
}

/// Answers all questions, each of which is asked once; also returns how many batches there were.
fn answered(
    mut planner: Planner,
    world: &World,
) -> Result<(Plan, Vec<Question>, usize), PlanError> {
    let mut asked: Vec<Question> = Vec::new();
    let mut batches = 0;
    loop {
        let questions = planner.questions()?;
        if questions.is_empty() {
            break;
        }
        batches += 1;
        planner.answer(questions.iter().map(|question| world.answer(question)))?;
        asked.extend(questions);
    }
    let distinct: BTreeSet<_> = asked
        .iter()
        .map(|question| (&question.project.name, &question.identity))
        .collect();
    assert_eq!(distinct.len(), asked.len(), "each is asked once");
    Ok((planner.finish()?, asked, batches))
}

fn plan_with(
    build: &Build,
    targets: &[(&str, &[(&str, &str)])],
    options: Options,
    world: &World,
) -> Result<Plan, PlanError> {
    let own = build.project();
    let read = |(task, params): &(&str, &[(&str, &str)])| {
        Target::read(own.project.task(task).unwrap(), params.iter().copied())
    };
    let targets = targets.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let find = |name: &str| {
        build
            .others
            .iter()
            .find(|other| other.name == name)
            .map(Build::project)
    };
    let planner = Planner::new(own.clone(), &find, &targets, options, now())?;
    answered(planner, world).map(|(plan, _, _)| plan)
}

fn plan(build: &Build, target: &str, params: &[(&str, &str)], world: &World) -> Plan {
    plan_with(build, &[(target, params)], Options::default(), world).unwrap()
}

/// `a(x=1): run, needs b, (c)`, in the order of the plan.
fn shown(plan: &Plan) -> Vec<String> {
    let show = |instance: &Instance| {
        let mut text = format!("{}: {}", plan.name(instance), instance.action.as_str());
        if let Some(reason) = plan.reason(instance)
            && !reason.starts_with("no ")
        {
            text.push_str(&format!(" {reason}"));
        }
        for need in &instance.needs {
            let name = plan.name(&plan.instances[need.on as usize]);
            text.push_str(&if need.optional {
                format!(" ({name})")
            } else {
                format!(" {name}")
            });
        }
        text
    };
    plan.instances.iter().map(show).collect()
}

fn find<'p>(plan: &'p Plan, identity: &str) -> &'p Instance {
    plan.instances
        .iter()
        .find(|instance| &*instance.identity == identity)
        .unwrap()
}

fn counts(plan: &Plan) -> BTreeMap<&'static str, usize> {
    let counts = plan.counts.by_action().into_iter();
    counts
        .filter(|(_, count)| *count > 0)
        .map(|(action, count)| (action.as_str(), count))
        .collect()
}
