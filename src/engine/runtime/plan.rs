//! What a task does next, decided from what is stored: pure.
//!
//! The same decision comes out after a crash, because nothing else goes in.

use std::collections::BTreeSet;

use entity::{BatchState, JobState, StepState, batch, step};

use crate::engine::store::BatchKey;

/// What is known of a job.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub cancel_requested: bool,
    pub steps: Vec<StepView>,
    /// Batches that have an actor now.
    pub running: BTreeSet<BatchKey>,
    /// Microseconds since 1970.
    pub now: i64,
    pub batches_at_once: usize,
}

#[derive(Clone, Debug)]
pub(super) struct StepView {
    pub no: i32,
    pub name: String,
    pub state: StepState,
    pub after: Vec<i32>,
    pub delay_s: i64,
    pub not_before_at: Option<i64>,
    pub last_error: Option<String>,
    pub batches: Vec<BatchView>,
}

#[derive(Clone, Debug)]
pub(super) struct BatchView {
    pub no: i32,
    pub state: BatchState,
    pub not_before_at: Option<i64>,
    pub last_error: Option<String>,
}

impl StepView {
    pub(super) fn of(step: &step::Model, batches: &[batch::Model]) -> Self {
        let of_step = batches.iter().filter(|batch| batch.step_no == step.no);
        Self {
            no: step.no,
            name: step.name.clone(),
            state: step.state,
            after: serde_json::from_str(&step.after).unwrap_or_default(),
            delay_s: step.delay_s,
            not_before_at: step.not_before_at,
            last_error: step.last_error.clone(),
            batches: of_step
                .map(|batch| BatchView {
                    no: batch.no,
                    state: batch.state,
                    not_before_at: batch.not_before_at,
                    last_error: batch.last_error.clone(),
                })
                .collect(),
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Cut the step's input into batches and store them.
    PlanStep(i32),
    /// Start the step's delay.
    DelayStep {
        no: i32,
        until: i64,
    },
    StartBatch(BatchKey),
    /// Ask all running batches to stop.
    StopBatches,
    CompleteStep(i32),
    FailStep {
        no: i32,
        reason: String,
    },
    End {
        state: JobState,
        reason: Option<String>,
    },
    /// Look again then: nothing else will wake the task.
    WakeAt(i64),
}

pub(super) fn decide(view: &View) -> Vec<Action> {
    if view.cancel_requested && !is_done(view) {
        return wind_down(
            view,
            Action::End {
                state: JobState::Cancelled,
                reason: None,
            },
        );
    }
    if let Some(failed) = view
        .steps
        .iter()
        .find(|step| step.state == StepState::Failed)
    {
        let reason = Some(failed.last_error.clone().unwrap_or_default());
        return wind_down(
            view,
            Action::End {
                state: JobState::Failed,
                reason,
            },
        );
    }
    if let Some((no, reason)) = view.steps.iter().find_map(given_up) {
        return wind_down(view, Action::FailStep { no, reason });
    }
    if view
        .steps
        .iter()
        .all(|step| step.state == StepState::Completed)
    {
        return vec![Action::End {
            state: JobState::Succeeded,
            reason: None,
        }];
    }
    let mut actions = Vec::new();
    let mut free = view.batches_at_once.saturating_sub(view.running.len());
    for step in view.steps.iter().filter(|step| is_ready(step, view)) {
        match step.state {
            StepState::Pending => actions.push(begin(step, view.now)),
            StepState::Running => go_on(step, view, &mut free, &mut actions),
            StepState::Completed | StepState::Failed => {}
        }
    }
    actions
}

/// Whether nothing is left to do but to say so: too late to cancel.
fn is_done(view: &View) -> bool {
    view.steps.iter().all(|step| {
        let planned = matches!(step.state, StepState::Running | StepState::Completed);
        planned
            && step
                .batches
                .iter()
                .all(|batch| batch.state == BatchState::Completed)
    })
}

/// First everything that runs is stopped; the last word follows once nothing does.
fn wind_down(view: &View, last: Action) -> Vec<Action> {
    if view.running.is_empty() {
        vec![last]
    } else {
        vec![Action::StopBatches]
    }
}

fn given_up(step: &StepView) -> Option<(i32, String)> {
    let running = step.state == StepState::Running;
    let batch = step
        .batches
        .iter()
        .find(|batch| running && batch.state == BatchState::Failed)?;
    let error = batch
        .last_error
        .as_deref()
        .unwrap_or("no reason was recorded");
    Some((
        step.no,
        format!(
            "batch {} of step `{}` failed: {error}",
            batch.no + 1,
            step.name
        ),
    ))
}

fn is_ready(step: &StepView, view: &View) -> bool {
    step.after.iter().all(|no| {
        let before = view.steps.iter().find(|step| step.no == *no);
        before.is_some_and(|before| before.state == StepState::Completed)
    })
}

fn begin(step: &StepView, now: i64) -> Action {
    match step.not_before_at {
        None if step.delay_s > 0 => Action::DelayStep {
            no: step.no,
            until: now + step.delay_s * 1_000_000,
        },
        Some(not_before) if not_before > now => Action::WakeAt(not_before),
        _ => Action::PlanStep(step.no),
    }
}

fn go_on(step: &StepView, view: &View, free: &mut usize, actions: &mut Vec<Action>) {
    if step
        .batches
        .iter()
        .all(|batch| batch.state == BatchState::Completed)
    {
        actions.push(Action::CompleteStep(step.no));
        return;
    }
    for batch in step
        .batches
        .iter()
        .filter(|batch| batch.state == BatchState::Pending)
    {
        let key = BatchKey {
            step_no: step.no,
            no: batch.no,
        };
        if view.running.contains(&key) {
            continue;
        }
        match batch
            .not_before_at
            .filter(|not_before| *not_before > view.now)
        {
            Some(not_before) => actions.push(Action::WakeAt(not_before)),
            None if *free > 0 => {
                *free -= 1;
                actions.push(Action::StartBatch(key));
            }
            None => {}
        }
        // One at a time means in order: a batch that waits is not overtaken.
        if view.batches_at_once == 1 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(no: i32, state: BatchState) -> BatchView {
        BatchView {
            no,
            state,
            not_before_at: None,
            last_error: Some("bad".to_owned()),
        }
    }

    fn step(no: i32, state: StepState, batches: Vec<BatchView>) -> StepView {
        StepView {
            no,
            name: format!("step{no}"),
            state,
            after: if no == 0 { vec![] } else { vec![no - 1] },
            delay_s: 0,
            not_before_at: None,
            last_error: None,
            batches,
        }
    }

    fn view(steps: Vec<StepView>) -> View {
        View {
            steps,
            now: 1_000,
            batches_at_once: 2,
            ..View::default()
        }
    }

    fn key(step_no: i32, no: i32) -> BatchKey {
        BatchKey { step_no, no }
    }

    use Action::*;
    use BatchState as B;
    use StepState as S;

    #[test]
    fn a_job_goes_from_step_to_step() {
        let table = [
            (
                view(vec![
                    step(0, S::Pending, vec![]),
                    step(1, S::Pending, vec![]),
                ]),
                vec![PlanStep(0)],
            ),
            (
                view(vec![step(
                    0,
                    S::Running,
                    vec![batch(0, B::Pending), batch(1, B::Pending)],
                )]),
                vec![StartBatch(key(0, 0)), StartBatch(key(0, 1))],
            ),
            (
                view(vec![step(0, S::Running, vec![batch(0, B::Completed)])]),
                vec![CompleteStep(0)],
            ),
            (
                view(vec![step(0, S::Running, vec![])]),
                vec![CompleteStep(0)],
            ),
            (
                view(vec![
                    step(0, S::Completed, vec![]),
                    step(1, S::Pending, vec![]),
                ]),
                vec![PlanStep(1)],
            ),
            (
                view(vec![step(0, S::Completed, vec![])]),
                vec![End {
                    state: JobState::Succeeded,
                    reason: None,
                }],
            ),
        ];
        for (view, expected) in table {
            assert_eq!(decide(&view), expected, "{view:?}");
        }
    }

    #[test]
    fn a_delay_starts_when_the_steps_before_are_completed() {
        let mut second = step(1, S::Pending, vec![]);
        second.delay_s = 5;
        let mut view = view(vec![step(0, S::Completed, vec![]), second]);
        assert_eq!(
            decide(&view),
            [DelayStep {
                no: 1,
                until: 5_001_000
            }]
        );
        view.steps[1].not_before_at = Some(5_001_000);
        assert_eq!(decide(&view), [WakeAt(5_001_000)]);
        view.now = 5_001_000;
        assert_eq!(decide(&view), [PlanStep(1)]);
    }

    #[test]
    fn no_more_batches_run_at_once_than_allowed() {
        let batches = (0..4).map(|no| batch(no, B::Pending)).collect();
        let mut view = view(vec![step(0, S::Running, batches)]);
        view.running.insert(key(0, 1));
        assert_eq!(decide(&view), [StartBatch(key(0, 0))]);
    }

    #[test]
    fn one_at_a_time_a_waiting_batch_is_not_overtaken() {
        let mut waiting = batch(0, B::Pending);
        waiting.not_before_at = Some(2_000);
        let mut view = view(vec![step(
            0,
            S::Running,
            vec![waiting, batch(1, B::Pending)],
        )]);
        assert_eq!(decide(&view), [WakeAt(2_000), StartBatch(key(0, 1))]);
        view.batches_at_once = 1;
        assert_eq!(decide(&view), [WakeAt(2_000)]);
    }

    #[test]
    fn a_batch_that_was_given_up_fails_its_step_and_then_the_job() {
        let batches = vec![batch(0, B::Failed), batch(1, B::Pending)];
        let mut view = view(vec![step(0, S::Running, batches)]);
        view.running.insert(key(0, 1));
        assert_eq!(decide(&view), [StopBatches]);
        view.running.clear();
        let reason = "batch 1 of step `step0` failed: bad".to_owned();
        assert_eq!(
            decide(&view),
            [FailStep {
                no: 0,
                reason: reason.clone()
            }]
        );
        view.steps[0].state = S::Failed;
        view.steps[0].last_error = Some(reason.clone());
        assert_eq!(
            decide(&view),
            [End {
                state: JobState::Failed,
                reason: Some(reason)
            }]
        );
    }

    #[test]
    fn a_job_that_has_done_everything_is_not_cancelled_any_more() {
        let done = step(0, S::Running, vec![batch(0, B::Completed)]);
        let mut view = view(vec![done]);
        view.cancel_requested = true;
        assert_eq!(decide(&view), [CompleteStep(0)]);
    }

    #[test]
    fn a_cancelled_job_stops_what_runs_and_ends() {
        let mut view = view(vec![step(0, S::Running, vec![batch(0, B::Pending)])]);
        view.cancel_requested = true;
        view.running.insert(key(0, 0));
        assert_eq!(decide(&view), [StopBatches]);
        view.running.clear();
        assert_eq!(
            decide(&view),
            [End {
                state: JobState::Cancelled,
                reason: None
            }]
        );
    }
}
