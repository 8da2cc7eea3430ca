//! What a task sees of its job in the store.

use entity::{StepState, batch, job, step};

use super::{TaskState, Trip};
use crate::clock;
use crate::engine::runtime::plan::{StepView, View};
use crate::engine::store::Claimed;

/// The job as the store has it.
pub(super) struct Seen {
    pub job: job::Model,
    pub steps: Vec<step::Model>,
    pub batches: Vec<batch::Model>,
}

impl Seen {
    pub(super) fn of(claimed: Claimed) -> Self {
        Self {
            job: claimed.job,
            steps: claimed.steps,
            batches: claimed.batches,
        }
    }

    /// As it will be once it is stored that a step has completed.
    pub(super) fn complete(&mut self, no: i32) -> Option<StepState> {
        let step = self.steps.iter_mut().find(|step| step.no == no)?;
        Some(std::mem::replace(&mut step.state, StepState::Completed))
    }
}

impl TaskState {
    /// The first look sees what was read when the job was claimed.
    pub(super) async fn see(&mut self) -> Result<Option<Seen>, Trip> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let store = &self.engine.store;
        let Some(job) = store.jobs().find(&self.claim.job).await? else {
            return Ok(None);
        };
        Ok(Some(Seen {
            steps: store.steps().of(&job.id).await?,
            batches: store.batches().of(&job.id).await?,
            job,
        }))
    }

    pub(super) fn view(&self, seen: &Seen) -> View {
        let steps = seen.steps.iter();
        View {
            cancel_requested: seen.job.cancel_requested,
            steps: steps
                .map(|step| StepView::of(step, &seen.batches))
                .collect(),
            running: self.children.values().map(|child| child.key).collect(),
            now: clock::now_micros(),
            batches_at_once: self.engine.limits.batches_at_once,
        }
    }
}
