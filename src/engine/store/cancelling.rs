//! Asking jobs to stop.
//!
//! A job that a process runs, or is to run, is ended by a process. One that waits for other jobs is ended
//! at once, and so is one of a flow whose jobs are parked from the beginning.

mod together;

use std::slice::from_ref;

use entity::{JobId, JobState, job};
use sea_orm::{DatabaseTransaction, EntityTrait};

use super::changing::locked;
use super::jobs::Jobs;
use super::needs::Consequences;
use super::parked_flows::ParkedFlows;
use super::{Result, batches, query};
use crate::telemetry::metrics::metrics;

use together::end_together;

pub(crate) use together::ask_together;

/// What became of a request to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    Requested,
    AlreadyEnded(JobState),
    Unknown,
}

/// The same, with what was done at once.
struct Cancelled {
    outcome: CancelOutcome,
    /// The flow of the job, if it has ended.
    flow: Option<String>,
    consequences: Consequences,
}

impl Jobs<'_> {
    /// Asks the process that runs the job to stop it.
    pub async fn request_cancel(&self, id: &JobId) -> Result<CancelOutcome> {
        let (outcome, _) = self.cancel_with_others(id).await?;
        Ok(outcome)
    }

    /// The same; returns what that means for other jobs.
    pub(in crate::engine) async fn cancel_with_others(
        &self,
        id: &JobId,
    ) -> Result<(CancelOutcome, Consequences)> {
        let cancel = || {
            let (id, parked_flows) = (id.clone(), self.0.parked_flows.clone());
            self.0
                .write(move |on| Box::pin(async move { cancel(on, &id, &parked_flows).await }))
        };
        let cancelled = self.0.again(cancel).await?;
        if let (CancelOutcome::Requested, Some(flow)) = (cancelled.outcome, &cancelled.flow) {
            let labels = [("flow", flow.as_str()), ("state", "cancelled")];
            metrics().jobs_ended.add(1, &labels);
        }
        cancelled.consequences.count();
        Ok((cancelled.outcome, cancelled.consequences))
    }
}

async fn cancel(
    on: &DatabaseTransaction,
    id: &JobId,
    parked_flows: &ParkedFlows,
) -> Result<Cancelled> {
    let mut cancelled = Cancelled {
        outcome: CancelOutcome::Requested,
        flow: None,
        consequences: Consequences::default(),
    };
    // Locked: it may be moving from one state to the next.
    let job = locked(on, job::Entity::find_by_id(id.clone()));
    let Some(job) = job.one(on).await.map_err(query("read a job"))? else {
        cancelled.outcome = CancelOutcome::Unknown;
        return Ok(cancelled);
    };
    match job.state {
        JobState::Queued | JobState::Running => ask_together(on, from_ref(id)).await?,
        JobState::Blocked => {
            cancelled.consequences = end_together(on, from_ref(id)).await?;
            cancelled.flow = Some(job.flow);
        }
        _ if parked_flows.cancel(on, &job).await? => cancelled.flow = Some(job.flow),
        JobState::Parked => {
            // Some process will claim it to end it.
            batches::unpark_job(on, id).await?;
            ask_together(on, from_ref(id)).await?;
        }
        JobState::Succeeded | JobState::Failed | JobState::Cancelled | JobState::Skipped => {
            cancelled.outcome = CancelOutcome::AlreadyEnded(job.state);
        }
    }
    Ok(cancelled)
}
