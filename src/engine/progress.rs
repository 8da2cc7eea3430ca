//! How far steps have got and how long they will take, from what their batches say: pure.

use std::collections::HashSet;

use entity::{BatchState, batch};
use serde::Deserialize;

/// Longer than this nobody would believe.
const ETA_MAX_S: f64 = 100.0 * 365.0 * 86_400.0;

/// A step, as far as its batches tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepProgress {
    pub batches_done: u32,
    pub batches_total: u32,
    pub rows: u64,
    /// Of the batches that are worked on.
    pub rows_per_s: f64,
    /// `None` as long as the step has no batches.
    pub fraction: Option<f64>,
}

/// What a batch last said of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct BatchProgress {
    rows: u64,
    rows_per_s: f64,
    fraction: f64,
}

impl StepProgress {
    /// `running` are the numbers of the batches that are worked on.
    pub fn of<'a>(batches: impl Iterator<Item = &'a batch::Model>, running: &HashSet<i32>) -> Self {
        let mut step = Self::default();
        let mut fractions = 0.0;
        for batch in batches {
            let said = said(batch);
            step.batches_total += 1;
            step.rows += said.rows;
            if batch.state == BatchState::Completed {
                step.batches_done += 1;
                fractions += 1.0;
                continue;
            }
            fractions += said.fraction.clamp(0.0, 1.0);
            if batch.state == BatchState::Pending && running.contains(&batch.no) {
                step.rows_per_s += said.rows_per_s;
            }
        }
        let total = f64::from(step.batches_total);
        step.fraction = (step.batches_total > 0).then(|| fractions / total);
        step
    }

    /// Seconds until the step is through if it goes on like this; `None` if nothing moves.
    pub fn eta_s(&self) -> Option<u64> {
        let fraction = self.fraction.filter(|fraction| *fraction > 0.0)?;
        if self.rows == 0 || self.rows_per_s <= 0.0 {
            return None;
        }
        let rows_left = self.rows as f64 * (1.0 - fraction) / fraction;
        let seconds = (rows_left / self.rows_per_s).ceil();
        (seconds <= ETA_MAX_S).then_some(seconds as u64)
    }
}

fn said(batch: &batch::Model) -> BatchProgress {
    let said = batch.progress.as_deref().map(serde_json::from_str);
    said.and_then(Result::ok).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::JobId;
    use serde_json::json;

    fn batch(no: i32, state: BatchState, progress: Option<(u64, f64, f64)>) -> batch::Model {
        let progress = progress.map(|(rows, rows_per_s, fraction)| {
            let said = json!({ "rows": rows, "rows_per_s": rows_per_s, "fraction": fraction });
            said.to_string()
        });
        batch::Model {
            job_id: JobId::new(),
            step_no: 0,
            no,
            spec: String::new(),
            state,
            attempts: 0,
            failures: 0,
            outages: 0,
            crashes: 0,
            not_before_at: None,
            last_error: None,
            progress,
            ended_at: None,
        }
    }

    fn step(batches: &[batch::Model], running: &[i32]) -> StepProgress {
        StepProgress::of(batches.iter(), &running.iter().copied().collect())
    }

    #[test]
    fn what_is_left_is_judged_by_what_was_done_and_how_fast() {
        use BatchState::{Completed, Pending};
        let batches = [
            batch(0, Completed, Some((1_000, 900.0, 1.0))),
            batch(1, Pending, Some((500, 100.0, 0.5))),
            batch(2, Pending, None),
        ];
        let progress = step(&batches, &[1]);
        assert_eq!(progress.fraction, Some(0.5));
        assert_eq!((progress.rows, progress.rows_per_s), (1_500, 100.0));
        assert_eq!((progress.batches_done, progress.batches_total), (1, 3));
        assert_eq!(progress.eta_s(), Some(15));
    }

    #[test]
    fn nobody_knows_when_what_stands_still_will_be_through() {
        use BatchState::{Completed, Pending};
        assert_eq!(step(&[], &[]).eta_s(), None);
        assert_eq!(step(&[batch(0, Pending, None)], &[0]).eta_s(), None);
        let stopped = [batch(0, Pending, Some((500, 100.0, 0.5)))];
        assert_eq!(step(&stopped, &[]).eta_s(), None);
        let done = [batch(0, Completed, Some((500, 100.0, 1.0)))];
        assert_eq!(step(&done, &[]).eta_s(), None);
        assert_eq!(step(&done, &[]).fraction, Some(1.0));
    }
}
