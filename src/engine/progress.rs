//! How far steps have got and how long they will take, from their counters and the progress of
//! the batches under way: pure.

use std::collections::HashSet;

use entity::{BatchState, batch, step};

use crate::engine::seam::Progress;

/// A longer estimate is not shown.
const ETA_MAX_S: f64 = 100.0 * 365.0 * 86_400.0;

/// The progress of a step.
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

impl StepProgress {
    /// `under_way` are the batches of the step that have begun and not ended, `running` the
    /// numbers of those that are worked on.
    pub fn of<'a>(
        step: &step::Model,
        under_way: impl Iterator<Item = &'a batch::Model>,
        running: &HashSet<i32>,
    ) -> Self {
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        let mut progress = Self {
            batches_done: count(step.batches_done),
            batches_total: count(step.batches_total),
            rows: u64::try_from(step.units_done).unwrap_or(0),
            ..Self::default()
        };
        let mut shares = f64::from(count(step.batches_done) + count(step.batches_failed));
        for batch in under_way.filter(|batch| batch.step_no == step.no) {
            let said = said(batch);
            progress.rows += said.done;
            shares += said.share();
            if batch.state == BatchState::Pending && running.contains(&batch.no) {
                progress.rows_per_s += said.per_s;
            }
        }
        let total = f64::from(progress.batches_total);
        progress.fraction = (progress.batches_total > 0).then(|| shares / total);
        progress
    }

    /// Seconds until the step is through at this speed; `None` if nothing moves.
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

fn said(batch: &batch::Model) -> Progress {
    let said = batch.progress.as_deref().map(serde_json::from_str);
    said.and_then(Result::ok).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::{JobId, StepState};
    use serde_json::json;

    fn batch(no: i32, progress: Option<(u64, f64, f64)>) -> batch::Model {
        let progress = progress.map(|(rows, rows_per_s, fraction)| {
            let said = json!({ "rows": rows, "rows_per_s": rows_per_s, "fraction": fraction });
            said.to_string()
        });
        batch::Model {
            job_id: JobId::new(),
            step_no: 0,
            no,
            dedup_key: None,
            spec: String::new(),
            state: BatchState::Pending,
            attempts: 0,
            failures: 0,
            outages: 0,
            crashes: 0,
            not_before_at: None,
            last_error: None,
            progress,
            ended_at: None,
            checkpoint: None,
            output: None,
            signals: None,
            wakes_on_signal: false,
        }
    }

    /// Of so many batches so many have completed, with so many rows.
    fn step(
        (total, done, rows): (i32, i32, i64),
        under_way: &[batch::Model],
        running: &[i32],
    ) -> StepProgress {
        let step = step::Model {
            job_id: JobId::new(),
            no: 0,
            name: String::new(),
            kind: String::new(),
            params: String::new(),
            after: String::new(),
            delay_s: 0,
            state: StepState::Running,
            not_before_at: None,
            failures: 0,
            last_error: None,
            notes: None,
            ended_at: None,
            policy: None,
            output: None,
            batches_total: total,
            batches_done: done,
            batches_failed: 0,
            batches_parked: 0,
            units_done: rows,
            added_by: None,
        };
        let running = running.iter().copied().collect();
        StepProgress::of(&step, under_way.iter(), &running)
    }

    #[test]
    fn what_is_left_is_judged_by_what_was_done_and_how_fast() {
        let under_way = [batch(1, Some((500, 100.0, 0.5))), batch(2, None)];
        let progress = step((3, 1, 1_000), &under_way, &[1]);
        assert_eq!(progress.fraction, Some(0.5));
        assert_eq!((progress.rows, progress.rows_per_s), (1_500, 100.0));
        assert_eq!((progress.batches_done, progress.batches_total), (1, 3));
        assert_eq!(progress.eta_s(), Some(15));
    }

    #[test]
    fn there_is_no_estimate_for_what_stands_still() {
        assert_eq!(step((0, 0, 0), &[], &[]).eta_s(), None);
        assert_eq!(step((1, 0, 0), &[batch(0, None)], &[0]).eta_s(), None);
        let stopped = [batch(0, Some((500, 100.0, 0.5)))];
        assert_eq!(step((1, 0, 0), &stopped, &[]).eta_s(), None);
        assert_eq!(step((1, 1, 500), &[], &[]).eta_s(), None);
        assert_eq!(step((1, 1, 500), &[], &[]).fraction, Some(1.0));
    }
}
