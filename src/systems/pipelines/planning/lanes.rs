//! Makes no more than so many targets at once.
//!
//! Targets stand in lanes: with two at once, the third begins when the first has ended, the fourth
//! when the second has. What earlier targets need, too, does not wait.

use super::catalog::to_u32;
use super::{Action, Instance};

const NO_LANE: u32 = u32::MAX;

pub(super) fn keep_at_once(instances: &mut [Instance], targets: &[u32], at_once: usize) {
    let at_once = at_once.max(1);
    let is_open = |place: &u32| has_work(instances[*place as usize].action);
    let targets: Vec<u32> = targets.iter().copied().filter(is_open).collect();
    let first_target = reached_first(instances, &targets);
    let mut works = vec![false; instances.len()];
    for place in 0..instances.len() {
        let no = first_target[place];
        if no == NO_LANE {
            continue;
        }
        let needs = instances[place].needs.iter().map(|need| need.on as usize);
        let mut own = needs.filter(|on| first_target[*on] == no);
        let has_work_below = own.any(|on| works[on]);
        let needs_job = instances[place].action.needs_job();
        works[place] = needs_job || has_work_below;
        if needs_job
            && !has_work_below
            && let Some(earlier) = (no as usize).checked_sub(at_once)
        {
            instances[place].after.push(targets[earlier]);
        }
    }
}

fn has_work(action: Action) -> bool {
    matches!(
        action,
        Action::Run | Action::Wait | Action::Group | Action::Shared
    )
}

/// For each instance: the first of the targets that needs it.
fn reached_first(instances: &[Instance], targets: &[u32]) -> Vec<u32> {
    let mut first = vec![NO_LANE; instances.len()];
    for (no, target) in targets.iter().enumerate() {
        let mut open = vec![*target];
        while let Some(place) = open.pop() {
            if first[place as usize] == NO_LANE {
                first[place as usize] = to_u32(no);
                open.extend(instances[place as usize].needs.iter().map(|need| need.on));
            }
        }
    }
    first
}
