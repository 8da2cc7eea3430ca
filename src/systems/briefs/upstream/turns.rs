//! Whose turn it is: briefs that share a platform take turns, and calls of a brief go in their order. Pure.

use std::collections::VecDeque;

/// Calls that wait, by the number of their lane.
#[derive(Debug)]
pub(super) struct Turns<T>(VecDeque<(u64, VecDeque<T>)>);

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Turns<T> {
    pub fn push(&mut self, lane: u64, call: T) {
        match self.0.iter_mut().find(|(of, _)| *of == lane) {
            Some((_, calls)) => calls.push_back(call),
            None => self.0.push_back((lane, VecDeque::from([call]))),
        }
    }

    /// The next call that is still wanted; its lane is the last one from now on.
    pub fn pop(&mut self, is_wanted: impl Fn(&T) -> bool) -> Option<T> {
        while let Some((lane, mut calls)) = self.0.pop_front() {
            let found = std::iter::from_fn(|| calls.pop_front()).find(&is_wanted);
            if !calls.is_empty() {
                self.0.push_back((lane, calls));
            }
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Drops calls that nobody waits for any more, and says whether there are others.
    pub fn tidy(&mut self, is_wanted: impl Fn(&T) -> bool) -> bool {
        for (_, calls) in &mut self.0 {
            calls.retain(&is_wanted);
        }
        self.0.retain(|(_, calls)| !calls.is_empty());
        !self.0.is_empty()
    }

    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        let all = std::mem::take(&mut self.0);
        all.into_iter().flat_map(|(_, calls)| calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_take_turns() {
        let mut turns = Turns::default();
        for call in ["a1", "a2", "a3"] {
            turns.push(1, call);
        }
        turns.push(2, "b1");
        turns.push(3, "c1");
        turns.push(3, "c2");
        let order: Vec<&str> = std::iter::from_fn(|| turns.pop(|call| *call != "a2")).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a3", "c2"]);
        assert!(!turns.tidy(|_| true));
    }
}
