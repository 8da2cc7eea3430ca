//! Makes the plan of what a planner knows.

use std::sync::Arc;

use super::catalog::to_u32;
use super::circle::find_circle;
use super::graph::NOBODY;
use super::lanes::keep_at_once;
use super::order::{by_file_and_values, needed_first};
use super::planner::{Outcome, Why};
use super::{Action, Counts, Instance, MOST_INSTANCES, Need, Plan, PlanError, Planner, Reason};

pub(super) fn finish(mut planner: Planner) -> Result<Plan, PlanError> {
    let kept = planner.kept();
    let all = 0..to_u32(kept.is_kept.len());
    let numbers: Vec<u32> = all
        .filter(|number| kept.is_kept[*number as usize])
        .collect();
    if let Some(beyond) = numbers.get(MOST_INSTANCES) {
        return Err(planner.too_many(*beyond));
    }
    let catalog = Arc::clone(&planner.catalog);
    let newest_first = planner.options.newest_first;
    let ranked = by_file_and_values(&catalog, &planner.graph, newest_first, &numbers);
    let ranks = places(&ranked, kept.is_kept.len());
    let needs = needs_by(&planner, &ranked, &ranks);
    let ordered = needed_first(&needs).map_err(|is_stuck| {
        let circle = find_circle(&needs, &is_stuck);
        let circle: Vec<u32> = circle.iter().map(|rank| ranked[*rank as usize]).collect();
        PlanError::Circle {
            drawn: planner.graph.draw(&catalog, &circle),
        }
    })?;
    drop(needs);
    let ordered: Vec<u32> = ordered.iter().map(|rank| ranked[*rank as usize]).collect();
    let place_of = places(&ordered, kept.is_kept.len());

    let mut is_target = vec![false; kept.is_kept.len()];
    kept.targets
        .iter()
        .for_each(|number| is_target[*number as usize] = true);
    let mut instances: Vec<Instance> = Vec::with_capacity(ordered.len());
    for (number, needs) in ordered.iter().zip(needs_by(&planner, &ordered, &place_of)) {
        let (action, reason) = action(&planner, &kept.is_complete, *number, &needs, &instances);
        let identity = planner.graph.identity(&catalog, *number);
        let node = planner.graph.node(*number);
        let entry = &catalog.tasks[node.task as usize];
        instances.push(Instance {
            project: entry.project,
            task: entry.place,
            identity,
            action,
            reason,
            needs,
            after: Vec::new(),
            is_target: is_target[*number as usize],
            priority: catalog.task(node.task).priority,
            rank: ranks[*number as usize],
            values: planner.graph.values_of(&catalog, *number).into(),
        });
    }
    inherit_priorities(&mut instances);
    let targets: Vec<u32> = kept
        .targets
        .iter()
        .map(|number| place_of[*number as usize])
        .collect();
    if let Some(at_once) = planner.options.at_once {
        keep_at_once(&mut instances, &targets, at_once);
    }
    let mut counts = Counts::default();
    instances.iter().for_each(|instance| counts.add(instance));
    Ok(Plan {
        projects: catalog.projects.clone(),
        instances,
        targets,
        counts,
        left_out: kept.left_out,
        values: planner.graph.values.all.into(),
    })
}

/// The place of each of these numbers.
fn places(numbers: &[u32], count: usize) -> Vec<u32> {
    let mut places = vec![NOBODY; count];
    for (place, number) in (0..).zip(numbers) {
        places[*number as usize] = place;
    }
    places
}

/// Of each of these instances: what it needs within the plan, by place.
fn needs_by(planner: &Planner, numbers: &[u32], places: &[u32]) -> Vec<Vec<Need>> {
    let needs = |number: &u32| {
        let edges = planner.descended(*number).iter();
        let needs = edges.map(|edge| Need {
            on: places[edge.on as usize],
            optional: edge.optional,
        });
        needs.filter(|need| need.on != NOBODY).collect()
    };
    numbers.iter().map(needs).collect()
}

/// What is to be done, and why; `before` are the instances that stand before this one.
fn action(
    planner: &Planner,
    is_complete: &[bool],
    number: u32,
    needs: &[Need],
    before: &[Instance],
) -> (Action, Option<Reason>) {
    let outcome = planner.outcome(number);
    if matches!(
        outcome,
        Outcome::Make(_) | Outcome::Wait(_) | Outcome::Group
    ) {
        let stops = |need: &&Need| {
            let action = before[need.on as usize].action;
            !need.optional && matches!(action, Action::Missing | Action::Blocked)
        };
        if let Some(need) = needs.iter().find(stops) {
            return (Action::Blocked, Some(Reason::Needs(need.on)));
        }
    }
    let no = |what: &str| Some(Reason::No(what.to_owned()));
    match outcome {
        Outcome::Complete { is_stale } => (Action::Complete, is_stale.then_some(Reason::Stale)),
        Outcome::Shared => (Action::Shared, None),
        Outcome::Make(Why::No(what)) => (Action::Run, no(what)),
        Outcome::Make(Why::Forced) => (Action::Run, Some(Reason::Forced)),
        Outcome::Make(Why::Stale) => (Action::Run, Some(Reason::Stale)),
        Outcome::Wait(what) => (Action::Wait, no(what)),
        Outcome::Missing(what) => (Action::Missing, no(what)),
        Outcome::Group if is_complete[number as usize] => (Action::Complete, None),
        Outcome::Group => (Action::Group, None),
        // Nobody has looked: as if it did not exist.
        Outcome::Unknown => (Action::Run, no("answer")),
    }
}

/// What is needed is as urgent as the most urgent that needs it.
fn inherit_priorities(instances: &mut [Instance]) {
    for place in (0..instances.len()).rev() {
        let (before, from) = instances.split_at_mut(place);
        for need in &from[0].needs {
            let needed = &mut before[need.on as usize];
            needed.priority = needed.priority.max(from[0].priority);
        }
    }
}
