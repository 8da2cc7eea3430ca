//! What a task sees of its job in the store.

use entity::{BatchState, StepState, batch, job, step};

use super::{LookError, TaskState};
use crate::clock;
use crate::engine::runtime::plan::{JobLimits, OpenBatches, PendingBatch, StepView, View};
use crate::engine::seam::{JobPolicy, StepPolicy};
use crate::engine::store::{Claimed, NewPlan, StoreError};

/// Pending batches that are read beside those that run and could run: some of the first may be
/// waiting for their next attempt.
const SLACK: usize = 16;

/// How long the holder of a job takes to notice a signal that another process has stored, in
/// microseconds.
const PARKED_LOOK_EVERY: i64 = 2_000_000;

/// The job as the store has it.
pub(super) struct JobSnapshot {
    pub job: job::Model,
    pub steps: Vec<step::Model>,
    /// By step, in the order of `steps`.
    views: Vec<StepView>,
    limits: JobLimits,
    /// Batches that may be started.
    pub pending: Vec<batch::Model>,
    /// When it was seen, by the steady clock.
    pub now: i64,
}

impl JobSnapshot {
    /// As it will be once it is stored that a step has completed.
    pub(super) fn complete(&mut self, no: i32, output: Option<&String>) -> Option<StepState> {
        let at = self.steps.iter().position(|step| step.no == no)?;
        self.views[at].state = StepState::Completed;
        self.steps[at].output = output.cloned();
        let state = &mut self.steps[at].state;
        Some(std::mem::replace(state, StepState::Completed))
    }
}

impl TaskState {
    /// The first look sees what was read when the job was claimed.
    pub(super) async fn see(&mut self) -> Result<Option<JobSnapshot>, LookError> {
        let (job, steps) = match self.first.take() {
            Some(Claimed { job, steps, .. }) => (job, steps),
            None => {
                let store = &self.engine.store;
                let Some(job) = store.jobs().find(&self.claim.job).await? else {
                    return Ok(None);
                };
                let steps = store.steps().of(&job.id).await?;
                (job, steps)
            }
        };
        let mut snapshot = JobSnapshot {
            views: Vec::with_capacity(steps.len()),
            limits: limits_of(&job, &steps)?,
            pending: Vec::new(),
            now: clock::steady::now_micros(),
            job,
            steps,
        };
        for at in 0..snapshot.steps.len() {
            let mut view = self.step_view(&snapshot.steps[at])?;
            if snapshot.steps[at].state == StepState::Running {
                let step = &mut snapshot.steps[at];
                view.open = self
                    .open_batches(step, &view, &mut snapshot.pending)
                    .await?;
                view.counts.parked = u32::try_from(step.batches_parked).unwrap_or(0);
            }
            snapshot.views.push(view);
        }
        Ok(Some(snapshot))
    }

    /// Shows a plan with batches in what was seen before it was stored.
    pub(super) fn show_plan(
        &self,
        no: i32,
        plan: &NewPlan,
        seen: &mut JobSnapshot,
    ) -> Result<(), LookError> {
        let Some(at) = seen.steps.iter().position(|step| step.no == no) else {
            return Ok(());
        };
        let step = &mut seen.steps[at];
        step.state = StepState::Running;
        step.last_error = None;
        step.notes = plan.notes.clone();
        step.policy = plan.policy.clone();
        step.output = plan.output.clone();
        step.batches_total = i32::try_from(plan.batches.len()).unwrap_or(i32::MAX);
        let mut view = self.step_view(&seen.steps[at])?;
        let mut first = plan.rows(&self.claim.job, no);
        first.truncate(self.read_at_once(&view));
        view.open.pending = first.iter().map(PendingBatch::from).collect();
        seen.pending.extend(first);
        seen.views[at] = view;
        seen.limits = limits_of(&seen.job, &seen.steps)?;
        Ok(())
    }

    /// Pending batches of a step that are looked at.
    fn read_at_once(&self, view: &StepView) -> usize {
        let of_step = |child: &&super::Child| child.key.step_no == view.no;
        let running = self.children.values().filter(of_step).count();
        view.batches_at_once + running + SLACK
    }

    pub(super) fn view(&self, snapshot: &JobSnapshot) -> View {
        View {
            cancel_requested: snapshot.job.cancel_requested,
            steps: snapshot.views.clone(),
            running: self.children.values().map(|child| child.key).collect(),
            now: clock::steady::now_micros(),
            parks_from: self.parks_from(),
            limits: snapshot.limits,
        }
    }

    fn step_view(&self, step: &step::Model) -> Result<StepView, LookError> {
        let after = serde_json::from_str(&step.after).map_err(|error| StoreError::Corrupt {
            job: step.job_id.clone(),
            reason: format!("the steps before step `{}`: {error}", step.name),
        })?;
        let policy = policy_of(step)?;
        let batches_at_once = self.engine.limits.batches_at_once;
        Ok(StepView::of(step, after, &policy, batches_at_once))
    }

    /// Reads of the batches of a running step what decides what is next, and adds those that may
    /// be started to `startable`.
    async fn open_batches(
        &mut self,
        step: &mut step::Model,
        view: &StepView,
        startable: &mut Vec<batch::Model>,
    ) -> Result<OpenBatches, LookError> {
        let mut open = OpenBatches::default();
        if step.batches_parked > 0 {
            open.look_again_at = Some(self.look_at_parked(step).await?);
        }
        let store = self.engine.store.batches();
        let job = &self.claim.job;
        if step.batches_failed > 0 {
            let failed = store.first(job, step.no, BatchState::Failed, 1).await?;
            open.failed = failed.into_iter().next().map(|batch| {
                let reason = batch.last_error;
                let unknown = || "no reason was recorded".to_owned();
                (batch.no, reason.unwrap_or_else(unknown))
            });
        }
        let ended = step.batches_done + step.batches_failed + step.batches_parked;
        if ended >= step.batches_total {
            return Ok(open);
        }
        let limit = self.read_at_once(view) as u64;
        let mut pending = store
            .first(job, step.no, BatchState::Pending, limit)
            .await?;
        let now = clock::steady::now_micros();
        let may_start = |batch: &&batch::Model| batch.not_before_at.is_none_or(|at| at <= now);
        let due = pending.iter().filter(may_start).count();
        if view.batches_at_once > 1
            && pending.len() as u64 == limit
            && due < self.read_at_once(view) - SLACK
        {
            // Many wait for their next attempt: look behind them.
            pending = store.due(job, step.no, now, limit).await?;
            let next = store.next_time(job, step.no, BatchState::Pending, now);
            open.next_attempt_at = next.await?;
        }
        open.pending = pending.iter().map(PendingBatch::from).collect();
        startable.extend(pending);
        Ok(open)
    }

    /// Wakes the parked batches whose time has come, and returns when to look again.
    async fn look_at_parked(&mut self, step: &mut step::Model) -> Result<i64, LookError> {
        let now = clock::steady::now_micros();
        if let Some(at) = self.parked_looks.get(&step.no).filter(|at| **at > now) {
            return Ok(*at);
        }
        let store = self.engine.store.batches();
        let parked = BatchState::Parked;
        let mut next = store.next_time(&self.claim.job, step.no, parked, 0).await?;
        if next.is_some_and(|at| at <= now) {
            let woken = store.wake_due(&self.claim, step.no, now).await?;
            step.batches_parked -= i32::try_from(woken).unwrap_or(i32::MAX);
            next = store
                .next_time(&self.claim.job, step.no, parked, now)
                .await?;
        }
        let latest = now + PARKED_LOOK_EVERY;
        let at = next.map_or(latest, |next| next.min(latest));
        self.parked_looks.insert(step.no, at);
        Ok(at)
    }
}

/// How a step's batches are run.
pub(in crate::engine::runtime) fn policy_of(step: &step::Model) -> Result<StepPolicy, StoreError> {
    let Some(policy) = &step.policy else {
        return Ok(StepPolicy::default());
    };
    serde_json::from_str(policy).map_err(|error| StoreError::Corrupt {
        job: step.job_id.clone(),
        reason: format!("the policy of step `{}`: {error}", step.name),
    })
}

/// What a step asks for its whole job, with that step.
pub(super) fn job_policy(
    steps: &[step::Model],
) -> Result<Option<(&step::Model, JobPolicy)>, StoreError> {
    for step in steps {
        if let Some(policy) = policy_of(step)?.job {
            return Ok(Some((step, policy)));
        }
    }
    Ok(None)
}

fn limits_of(job: &job::Model, steps: &[step::Model]) -> Result<JobLimits, StoreError> {
    let Some((step, policy)) = job_policy(steps)? else {
        return Ok(JobLimits::default());
    };
    let ended_at = step.ended_at.filter(|_| step.state == StepState::Completed);
    let deadline = ended_at.zip(policy.timeout).map(|(ended_at, timeout)| {
        let micros = i64::try_from(timeout.as_micros()).unwrap_or(i64::MAX);
        let at = clock::steady::moment(ended_at).saturating_add(micros);
        (at, timeout)
    });
    Ok(JobLimits {
        attempt: u32::try_from(job.generation).unwrap_or(0) + 1,
        attempts_max: policy.retries.saturating_add(1),
        deadline,
    })
}
