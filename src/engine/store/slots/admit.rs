//! Which of the jobs that are ready start beside those that run. Pure.
//!
//! In the order of priority and age, running jobs included:
//!
//! - a ready job that does not fit beside what runs or is reserved *above* it is passed over;
//! - one that fits there, but not beside *all* that runs, reserves its slots: nothing below takes them, so
//!   that they are free for it some day, however many smaller ones come after it;
//! - else it starts.

use std::collections::BTreeMap;

use entity::JobId;

use super::Slots;

/// A job that runs or would, and its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::store) struct Place {
    /// It was begun, and its process is not there any more: it comes before all others.
    pub begun: bool,
    /// The negative of its priority.
    pub rank: i32,
    pub id: JobId,
    pub slots: Slots,
}

impl Place {
    fn order(&self) -> (bool, i32, &JobId) {
        (!self.begun, self.rank, &self.id)
    }
}

/// What becomes of a ready job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::store) enum Decision {
    Starts,
    Reserves,
    PassedOver,
}

/// How much of each name is taken.
#[derive(Default)]
struct Taken<'a>(BTreeMap<&'a str, u64>);

impl<'a> Taken<'a> {
    fn add(&mut self, slots: &'a Slots) {
        for (name, amount) in slots {
            *self.0.entry(name).or_default() += u64::from(*amount);
        }
    }

    /// Whether there is room for these beside them. Of what is not known there is none.
    fn leaves(&self, slots: &Slots, capacity: &impl Fn(&str) -> Option<u32>) -> bool {
        slots.iter().all(|(name, amount)| {
            let taken = self.0.get(name.as_str()).copied().unwrap_or(0);
            capacity(name).is_some_and(|all| taken + u64::from(*amount) <= u64::from(all))
        })
    }
}

/// What becomes of each of the ready jobs, which are in order.
pub(in crate::engine::store) fn admit(
    running: &[Place],
    ready: &[Place],
    capacity: impl Fn(&str) -> Option<u32>,
) -> Vec<Decision> {
    let (mut all, mut above) = (Taken::default(), Taken::default());
    let mut in_order: Vec<&Place> = running.iter().collect();
    in_order.sort_by(|one, other| one.order().cmp(&other.order()));
    let mut in_order = in_order.into_iter().peekable();
    for place in running {
        all.add(&place.slots);
    }
    let decisions = ready.iter().map(|place| {
        while let Some(runs) = in_order.next_if(|runs| runs.order() < place.order()) {
            above.add(&runs.slots);
        }
        if !above.leaves(&place.slots, &capacity) {
            return Decision::PassedOver;
        }
        above.add(&place.slots);
        if !all.leaves(&place.slots, &capacity) {
            return Decision::Reserves;
        }
        all.add(&place.slots);
        Decision::Starts
    });
    decisions.collect()
}

#[cfg(test)]
mod tests {
    use super::Decision::{PassedOver, Reserves, Starts};
    use super::*;

    /// A job with this priority, number and amounts of `a` and `b`.
    fn place((priority, no, a, b): (i32, u64, u32, u32)) -> Place {
        let slots = [("a", a), ("b", b)].into_iter();
        let slots = slots.filter(|(_, amount)| *amount > 0);
        Place {
            begun: false,
            rank: -priority,
            id: format!("{no:032x}").parse().unwrap(),
            slots: slots
                .map(|(name, amount)| (name.to_owned(), amount))
                .collect(),
        }
    }

    fn capacity(name: &str) -> Option<u32> {
        match name {
            "a" => Some(4),
            "b" => Some(1),
            _ => None,
        }
    }

    fn in_order(places: &[(i32, u64, u32, u32)]) -> Vec<Place> {
        let mut places: Vec<Place> = places.iter().copied().map(place).collect();
        places.sort_by(|one, other| one.order().cmp(&other.order()));
        places
    }

    #[test]
    fn a_job_starts_reserves_or_is_passed_over() {
        type Places = &'static [(i32, u64, u32, u32)];
        let table: [(&str, Places, Places, &[Decision]); 9] = [
            ("nothing runs", &[], &[(0, 1, 4, 1)], &[Starts]),
            (
                "as many as fit",
                &[],
                &[(0, 1, 2, 0), (0, 2, 2, 0), (0, 3, 1, 0)],
                &[Starts, Starts, PassedOver],
            ),
            (
                "a large one does not fit beside those that started above it; smaller ones do",
                &[],
                &[(0, 1, 2, 0), (0, 2, 3, 0), (0, 3, 2, 0)],
                &[Starts, PassedOver, Starts],
            ),
            (
                "a large one above what runs keeps the rest for itself",
                &[(0, 9, 2, 0)],
                &[(5, 1, 4, 0), (0, 2, 1, 0)],
                &[Reserves, PassedOver],
            ),
            (
                "below what runs it is passed over, and keeps nothing",
                &[(9, 9, 2, 0)],
                &[(5, 1, 4, 0), (0, 2, 1, 0)],
                &[PassedOver, Starts],
            ),
            (
                "what it reserves is of all its names",
                &[(0, 9, 0, 1)],
                &[(5, 1, 3, 1), (1, 2, 2, 0), (1, 3, 1, 0)],
                &[Reserves, PassedOver, Starts],
            ),
            (
                "a job without slots always starts",
                &[(0, 9, 4, 1)],
                &[(0, 1, 0, 0)],
                &[Starts],
            ),
            (
                "one that never fits reserves nothing",
                &[],
                &[(5, 1, 5, 0), (0, 2, 4, 0)],
                &[PassedOver, Starts],
            ),
            (
                "by age among equals, running ones included",
                &[(0, 2, 0, 1)],
                &[(0, 1, 0, 1), (0, 3, 0, 1)],
                &[Reserves, PassedOver],
            ),
        ];
        for (what, running, ready, expected) in table {
            let (running, ready) = (in_order(running), in_order(ready));
            assert_eq!(admit(&running, &ready, capacity), expected, "{what}");
        }
    }

    #[test]
    fn of_what_is_not_known_there_is_none() {
        let mut unknown = place((0, 1, 0, 0));
        unknown.slots.insert("c".to_owned(), 1);
        let ready = [unknown, place((0, 2, 1, 0))];
        assert_eq!(admit(&[], &ready, capacity), [PassedOver, Starts]);
    }

    #[test]
    fn what_was_begun_comes_first() {
        let mut begun = place((-9, 9, 4, 0));
        begun.begun = true;
        let ready = [begun, place((9, 1, 1, 0))];
        assert_eq!(admit(&[], &ready, capacity), [Starts, PassedOver]);
    }

    /// The words of the rule, each sum made anew.
    fn naive(running: &[Place], ready: &[Place]) -> Vec<Decision> {
        let mut decided: Vec<(Place, Decision)> = Vec::new();
        for job in ready {
            let fits = |beside: Vec<&Place>| {
                job.slots.iter().all(|(name, amount)| {
                    let taken = beside.iter().filter_map(|other| other.slots.get(name));
                    taken.sum::<u32>() + amount <= capacity(name).unwrap()
                })
            };
            let of = |wanted: &[Decision]| {
                let decided = decided.iter();
                let wanted = decided.filter(|(_, decision)| wanted.contains(decision));
                wanted.map(|(place, _)| place).collect::<Vec<_>>()
            };
            let is_above = |other: &&Place| {
                (!other.begun, other.rank, &other.id) < (!job.begun, job.rank, &job.id)
            };
            let mut above: Vec<&Place> = running.iter().filter(is_above).collect();
            above.extend(of(&[Starts, Reserves]));
            let mut all: Vec<&Place> = running.iter().collect();
            all.extend(of(&[Starts]));
            let decision = match (fits(above), fits(all)) {
                (false, _) => PassedOver,
                (true, false) => Reserves,
                (true, true) => Starts,
            };
            decided.push((job.clone(), decision));
        }
        decided.into_iter().map(|(_, decision)| decision).collect()
    }

    #[test]
    fn decides_as_the_rule_says() {
        let mut state = 7_u64;
        let mut below = |limit: u64| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (state >> 33) % limit
        };
        let mut seen = [0_usize; 3];
        for _ in 0..20_000 {
            let mut some = |most: u64, from: u64| {
                let number = below(most);
                let places = (0..number).map(|no| {
                    (
                        below(3) as i32,
                        from + no * 7 + below(5),
                        below(4) as u32,
                        below(5) as u32 / 4,
                    )
                });
                in_order(&places.collect::<Vec<_>>())
            };
            let (running, ready) = (some(4, 1), some(7, 3));
            let decisions = admit(&running, &ready, capacity);
            assert_eq!(decisions, naive(&running, &ready), "{running:?} {ready:?}");
            for decision in decisions {
                seen[decision as usize] += 1;
            }
        }
        assert!(seen.iter().all(|times| *times > 1_000), "{seen:?}");
    }
}
