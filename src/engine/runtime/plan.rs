//! What a task does next, decided from what is stored: pure.
//!
//! The same decision comes out after a crash, because nothing else goes in. Batches are counted,
//! not looked at: of each step only those come in that may be started next.

use std::collections::BTreeSet;
use std::time::Duration;

use entity::{JobState, StepState, batch, step};

use crate::engine::seam::{StepPolicy, Tolerance};
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
    /// Where nothing is left but to wait for so long, in microseconds, the job is parked.
    pub parks_from: i64,
    pub limits: JobLimits,
}

/// How often the job may start over, and how long it may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct JobLimits {
    /// Of the job, from 1.
    pub attempt: u32,
    pub attempts_max: u32,
    /// By then everything has to be done, which is so long after it began.
    pub deadline: Option<(i64, Duration)>,
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
    pub batches_at_once: usize,
    /// Its failure is reported in the words of its batch.
    pub is_whole_job: bool,
    pub tolerate: Tolerance,
    pub counts: Counts,
    pub open: OpenBatches,
}

/// The batches of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub total: u32,
    pub done: u32,
    pub failed: u32,
    pub parked: u32,
}

impl Counts {
    fn have_ended(self) -> bool {
        self.done + self.failed >= self.total
    }
}

/// Of the batches that have not ended, what decides what is next.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenBatches {
    /// The first pending ones, in their order: those that run, and enough to fill the places.
    pub pending: Vec<PendingBatch>,
    /// The first failed one with its reason, if any failed.
    pub failed: Option<(i32, String)>,
    /// When parked ones are to be looked at again, while others run.
    pub look_again_at: Option<i64>,
    /// When the first of those may begin that are not in `pending`, for they all wait.
    pub next_attempt_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PendingBatch {
    pub no: i32,
    pub not_before_at: Option<i64>,
}

impl From<&batch::Model> for PendingBatch {
    fn from(batch: &batch::Model) -> Self {
        Self {
            no: batch.no,
            not_before_at: batch.not_before_at,
        }
    }
}

impl StepView {
    /// `after` is what the step's own row says, read; `batches_at_once` is the setting.
    pub(super) fn of(
        step: &step::Model,
        after: Vec<i32>,
        policy: &StepPolicy,
        batches_at_once: usize,
    ) -> Self {
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        let own = policy.batches_at_once.map(|batches| batches as usize);
        Self {
            no: step.no,
            name: step.name.clone(),
            state: step.state,
            after,
            delay_s: step.delay_s,
            not_before_at: step.not_before_at,
            last_error: step.last_error.clone(),
            batches_at_once: own.unwrap_or(batches_at_once).max(1),
            is_whole_job: policy.is_whole_job,
            tolerate: policy.tolerate,
            counts: Counts {
                total: count(step.batches_total),
                done: count(step.batches_done),
                failed: count(step.batches_failed),
                parked: count(step.batches_parked),
            },
            open: OpenBatches::default(),
        }
    }

    fn fails(&self) -> bool {
        let Counts { total, failed, .. } = self.counts;
        let ended = self.counts.have_ended();
        self.state == StepState::Running && self.tolerate.is_exceeded(failed, total, ended)
    }

    fn failure(&self) -> String {
        let (no, error) = match &self.open.failed {
            Some((no, error)) => (*no, error.as_str()),
            None => (0, "no reason was recorded"),
        };
        if self.is_whole_job {
            return error.to_owned();
        }
        format!("batch {} of step `{}` failed: {error}", no + 1, self.name)
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
    /// Everything that is left is parked or waits for a time: give the job up until a signal
    /// arrives or the first time has come.
    ParkJob {
        until: Option<i64>,
    },
    /// The job has failed, and may begin again.
    StartOver {
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
        let state = JobState::Cancelled;
        return wind_down(
            view,
            Action::End {
                state,
                reason: None,
            },
        );
    }
    let failed = |step: &&StepView| step.state == StepState::Failed;
    if let Some(failed) = view.steps.iter().find(failed) {
        let reason = failed.last_error.clone().unwrap_or_default();
        return wind_down(view, after_failure(view, reason));
    }
    if let Some(step) = view.steps.iter().find(|step| step.fails()) {
        let reason = step.failure();
        let no = step.no;
        return wind_down(view, Action::FailStep { no, reason });
    }
    let completed = |step: &StepView| step.state == StepState::Completed;
    if view.steps.iter().all(completed) {
        return vec![Action::End {
            state: JobState::Succeeded,
            reason: None,
        }];
    }
    let deadline = view.limits.deadline.filter(|_| !is_done(view));
    if let Some((_, length)) = deadline.filter(|(at, _)| *at <= view.now) {
        let reason = format!("timed out after {} s", length.as_secs_f64());
        return wind_down(view, after_failure(view, reason));
    }
    let mut actions = Vec::new();
    for step in view.steps.iter().filter(|step| is_ready(step, view)) {
        match step.state {
            StepState::Pending => actions.push(begin(step, view.now)),
            StepState::Running => proceed(step, view, &mut actions),
            StepState::Completed | StepState::Failed => {}
        }
    }
    let waits = |action: &Action| matches!(action, Action::WakeAt(_));
    let stays = |action: &Action| waits(action) || matches!(action, Action::StartBatch(_));
    // Where the store changes, the next look follows at once.
    if actions.iter().all(stays) {
        actions.extend(deadline.map(|(at, _)| Action::WakeAt(at)));
    }
    if !view.running.is_empty() || !actions.iter().all(waits) {
        return actions;
    }
    // Parked batches are looked at again while something else runs or is about to; alone they
    // need no process to wait for them, and neither does a time that is far away.
    let parked = view.steps.iter().any(|step| step.counts.parked > 0);
    match first_time(view) {
        None if parked => vec![Action::ParkJob { until: None }],
        Some(until) if until - view.now >= view.parks_from => {
            let until = Some(until);
            vec![Action::ParkJob { until }]
        }
        _ => actions,
    }
}

/// When the first delay or pause between attempts is over that is being waited for.
fn first_time(view: &View) -> Option<i64> {
    let ready = view.steps.iter().filter(|step| is_ready(step, view));
    let times = ready.flat_map(|step| match step.state {
        StepState::Pending => vec![step.not_before_at],
        StepState::Running => {
            let pending = step.open.pending.iter();
            let times = pending.map(|batch| batch.not_before_at);
            times.chain([step.open.next_attempt_at]).collect()
        }
        StepState::Completed | StepState::Failed => vec![],
    });
    let deadline = view.limits.deadline.map(|(at, _)| at);
    let times = times.flatten().chain(deadline);
    times.filter(|at| *at > view.now).min()
}

/// Whether nothing is left to do but to record it: too late to cancel.
fn is_done(view: &View) -> bool {
    view.steps.iter().all(|step| {
        let planned = matches!(step.state, StepState::Running | StepState::Completed);
        planned && step.counts.have_ended() && !step.fails()
    })
}

/// A job that has failed ends, or starts over if it may.
fn after_failure(view: &View, reason: String) -> Action {
    let JobLimits {
        attempt,
        attempts_max,
        ..
    } = view.limits;
    let reason = match attempts_max {
        0 | 1 => reason,
        _ => format!("{reason}, attempt {attempt} of {attempts_max}"),
    };
    if attempt < attempts_max {
        return Action::StartOver { reason };
    }
    Action::End {
        state: JobState::Failed,
        reason: Some(reason),
    }
}

/// First everything that runs is stopped; the last word follows once nothing does.
fn wind_down(view: &View, last: Action) -> Vec<Action> {
    if view.running.is_empty() {
        vec![last]
    } else {
        vec![Action::StopBatches]
    }
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

fn proceed(step: &StepView, view: &View, actions: &mut Vec<Action>) {
    if step.counts.have_ended() {
        actions.push(Action::CompleteStep(step.no));
        return;
    }
    let of_step = |key: &&BatchKey| key.step_no == step.no;
    let running = view.running.iter().filter(of_step).count();
    let mut places = step.batches_at_once.saturating_sub(running);
    for batch in &step.open.pending {
        let key = BatchKey {
            step_no: step.no,
            no: batch.no,
        };
        if view.running.contains(&key) {
            continue;
        }
        let waits = batch.not_before_at.filter(|at| *at > view.now);
        match waits {
            Some(not_before) => actions.push(Action::WakeAt(not_before)),
            None if places > 0 => {
                places -= 1;
                actions.push(Action::StartBatch(key));
            }
            None => {}
        }
        // One at a time means in order: a batch that waits is not overtaken.
        if step.batches_at_once == 1 {
            break;
        }
    }
    let times = [step.open.look_again_at, step.open.next_attempt_at];
    actions.extend(times.into_iter().flatten().map(Action::WakeAt));
}

#[cfg(test)]
mod tests;
