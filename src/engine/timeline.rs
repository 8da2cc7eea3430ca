//! What became of a job in the course of time, drawn from its attempts and events: pure.
//!
//! A job may have ten thousand batches, so attempts are not looked at one by one. The time is cut into
//! parts, and the store counts the attempts that begin in one part and end in another.

mod story;

use std::collections::BTreeMap;

use entity::AttemptOutcome;

pub use story::{Happening, Mark, MarkKind, Story, Wait};

/// Into how many parts the time of a job is cut.
pub const PARTS: u32 = 120;

/// The time of a job, cut into equal parts; microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    pub from: i64,
    pub until: i64,
    /// The length of a part, at least 1.
    pub part: i64,
}

/// Attempts at batches of one step that began in the same part, ended in the same part, and in the same
/// way. Times count from the beginning of the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptGroup {
    pub step_no: i32,
    pub outcome: AttemptOutcome,
    pub first: i64,
    pub last: i64,
    pub attempts: i64,
    /// The sums of the times at which they began and ended.
    pub begun_sum: i64,
    pub ended_sum: i64,
    /// When the first one began, and the last one ended.
    pub begun: i64,
    pub ended: i64,
}

/// What was done for a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepTime {
    pub attempts: u64,
    pub failed: u64,
    /// When the first attempt began, and the last one ended or was looked at.
    pub begun: i64,
    pub ended: i64,
    /// Parts of the time in which something was done, by number.
    pub density: BTreeMap<u32, Part>,
}

/// What was done in a part of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Part {
    /// How many batches were worked on at once, on average.
    pub at_work: f64,
    /// Attempts that ended here.
    pub completed: u64,
    /// By an error, a panic, or the end of their process.
    pub failed: u64,
    /// Stopped, parked, or away with a database.
    pub interrupted: u64,
}

impl Axis {
    pub fn new(from: i64, until: i64) -> Self {
        let until = until.max(from);
        let part = (until - from).div_euclid(i64::from(PARTS)) + 1;
        Self { from, until, part }
    }

    /// The part in which a time lies that counts from the beginning. Clocks may be set.
    fn number(part: i64) -> u32 {
        u32::try_from(part.max(0)).map_or(PARTS - 1, |part| part.min(PARTS - 1))
    }
}

/// What was done for each step.
pub fn by_step(axis: Axis, groups: &[AttemptGroup]) -> BTreeMap<i32, StepTime> {
    let mut steps: BTreeMap<i32, StepTime> = BTreeMap::new();
    for group in groups {
        steps.entry(group.step_no).or_default().add(axis, group);
    }
    steps
}

impl StepTime {
    fn add(&mut self, axis: Axis, group: &AttemptGroup) {
        let count = group.attempts.unsigned_abs();
        let (begun, ended) = (axis.from + group.begun, axis.from + group.ended);
        let is_first = self.attempts == 0;
        self.begun = if is_first {
            begun
        } else {
            self.begun.min(begun)
        };
        self.ended = if is_first {
            ended
        } else {
            self.ended.max(ended)
        };
        self.attempts += count;
        let first = Axis::number(group.first);
        let last = Axis::number(group.last).max(first);
        for number in first..=last {
            let part = self.density.entry(number).or_default();
            part.at_work += group.worked_in(axis, number, (first, last)) / axis.part as f64;
        }
        let part = self.density.entry(last).or_default();
        match group.outcome {
            AttemptOutcome::Running => {}
            AttemptOutcome::Completed => part.completed += count,
            AttemptOutcome::Failed | AttemptOutcome::Crashed => {
                part.failed += count;
                self.failed += count;
            }
            AttemptOutcome::Outage | AttemptOutcome::Stopped | AttemptOutcome::Parked => {
                part.interrupted += count;
            }
        }
    }
}

impl AttemptGroup {
    /// How long its attempts took together within a part.
    fn worked_in(&self, axis: Axis, number: u32, (first, last): (u32, u32)) -> f64 {
        let at = i64::from(number) * axis.part;
        let count = self.attempts as f64;
        let from = match number == first {
            true => self.begun_sum as f64,
            false => at as f64 * count,
        };
        let until = match number == last {
            true => self.ended_sum as f64,
            false => (at + axis.part) as f64 * count,
        };
        (until - from).max(0.0)
    }
}

#[cfg(test)]
mod tests;
