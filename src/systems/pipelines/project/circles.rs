//! Finds circles of tasks that require each other with all parameters as they are.

use std::collections::VecDeque;

use super::context::Context;
use super::fault::{Faults, Place};

/// A task, a task that it requires unchanged, and where it says so.
type Edge = (usize, usize, Place);

/// Tasks of a circle that a message names.
const SHOWN_MAX: usize = 20;

/// One fault for each set of tasks that need each other.
pub(super) fn find(context: &Context<'_>, edges: &[Edge], faults: &mut Faults) {
    let mut required = vec![Vec::new(); context.heads.len()];
    for (from, to, _) in edges {
        required[*from].push(*to);
    }
    let mut sets = Components::of(&required);
    for set in 0..sets.count {
        let Some(start) = sets.first_in_circle(set, &required) else {
            continue;
        };
        let circle = shortest(start, &required, &sets.set_of);
        let names = circle.iter().map(|index| context.heads[*index].name);
        let mut names: Vec<&str> = names.collect();
        let more = names.len().saturating_sub(SHOWN_MAX);
        names.truncate(SHOWN_MAX);
        if more > 0 {
            names.push("…");
        }
        names.push(context.heads[start].name);
        let next = circle.get(1).copied().unwrap_or(start);
        let place = edges
            .iter()
            .find(|(from, to, _)| (*from, *to) == (start, next));
        if let Some((_, _, place)) = place {
            faults.place(
                place.clone(),
                format!("requires itself: {}", names.join(" → ")),
            );
        }
    }
}

/// Sets of tasks that lead to each other, by Tarjan; without recursion, since chains may be long.
struct Components {
    /// `usize::MAX`: not yet known.
    set_of: Vec<usize>,
    count: usize,
    /// The tasks of each set.
    members: Vec<Vec<usize>>,
}

impl Components {
    fn of(required: &[Vec<usize>]) -> Self {
        let unknown = usize::MAX;
        let mut components = Self {
            set_of: vec![unknown; required.len()],
            count: 0,
            members: Vec::new(),
        };
        let mut order = vec![unknown; required.len()];
        let mut lowest = vec![unknown; required.len()];
        let mut open = Vec::new();
        let mut time = 0;
        for root in 0..required.len() {
            if order[root] != unknown {
                continue;
            }
            // A task and how many of what it requires have been followed.
            let mut path = vec![(root, 0)];
            while let Some((task, followed)) = path.last_mut() {
                let (at, next) = (*task, *followed);
                if next == 0 {
                    order[at] = time;
                    lowest[at] = time;
                    time += 1;
                    open.push(at);
                }
                *followed += 1;
                if let Some(&to) = required[at].get(next) {
                    if order[to] == unknown {
                        path.push((to, 0));
                    } else if components.set_of[to] == unknown {
                        lowest[at] = Ord::min(lowest[at], order[to]);
                    }
                    continue;
                }
                path.pop();
                if let Some((above, _)) = path.last() {
                    lowest[*above] = Ord::min(lowest[*above], lowest[at]);
                }
                if lowest[at] == order[at] {
                    components.close(at, &mut open);
                }
            }
        }
        components
    }

    /// All that was opened since this task is one set.
    fn close(&mut self, task: usize, open: &mut Vec<usize>) {
        let mut members = Vec::new();
        while let Some(member) = open.pop() {
            self.set_of[member] = self.count;
            members.push(member);
            if member == task {
                break;
            }
        }
        self.members.push(members);
        self.count += 1;
    }

    /// The first task of a set in the order of the file, if there is a circle in it.
    fn first_in_circle(&mut self, set: usize, required: &[Vec<usize>]) -> Option<usize> {
        let members = &self.members[set];
        let first = *members.iter().min()?;
        (members.len() > 1 || required[first].contains(&first)).then_some(first)
    }
}

/// The shortest way from a task back to itself inside of its set.
fn shortest(start: usize, required: &[Vec<usize>], set_of: &[usize]) -> Vec<usize> {
    let mut before = vec![None; required.len()];
    let mut next = VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for &to in &required[at] {
            if to == start {
                let mut way = vec![at];
                while let Some(above) = way.last().and_then(|last| before[*last]) {
                    way.push(above);
                }
                way.reverse();
                return way;
            }
            if set_of[to] == set_of[start] && before[to].is_none() {
                before[to] = Some(at);
                next.push_back(to);
            }
        }
    }
    vec![start]
}
