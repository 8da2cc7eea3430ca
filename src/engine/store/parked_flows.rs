//! Flows whose jobs are parked from the beginning: a system stores them together with rows of its
//! own, does with them what outsiders say, and ends them. No process runs anything for such a job.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use entity::{JobState, job};
use sea_orm::{DatabaseTransaction, Statement};

use super::submit::{self, Room, Submission};
use super::{NewJob, Result, Store, Submitted};

/// What the engine asks of the system of such a flow.
#[async_trait]
pub(crate) trait ParkedFlow: Send + Sync {
    /// Ends a parked job and what belongs to it as cancelled, in this transaction. `false`: it is
    /// not one of these jobs, or has ended by now.
    async fn cancel(&self, on: &DatabaseTransaction, job: &job::Model) -> Result<bool>;
}

/// Such flows by their names. Clones share them.
#[derive(Clone, Default)]
pub(super) struct ParkedFlows(Arc<RwLock<BTreeMap<&'static str, Arc<dyn ParkedFlow>>>>);

impl ParkedFlows {
    fn of(&self, flow: &str) -> Option<Arc<dyn ParkedFlow>> {
        let flows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        flows.get(flow).cloned()
    }

    /// Cancels a job that is parked and was never run; `false`: it is no such job.
    pub(super) async fn cancel(&self, on: &DatabaseTransaction, job: &job::Model) -> Result<bool> {
        match self.of(&job.flow) {
            Some(flow) if job.state == JobState::Parked && job.lease_epoch == 0 => {
                flow.cancel(on, job).await
            }
            _ => Ok(false),
        }
    }
}

impl fmt::Debug for ParkedFlows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ParkedFlows")
    }
}

impl Store {
    /// Announces a flow whose jobs are parked from the beginning.
    pub(crate) fn add_parked_flow(&self, name: &'static str, flow: Arc<dyn ParkedFlow>) {
        let flows = &self.parked_flows.0;
        let mut flows = flows.write().unwrap_or_else(PoisonError::into_inner);
        flows.insert(name, flow);
    }
}

/// A job to be stored as parked.
pub(crate) struct ParkedJob(Submission);

impl ParkedJob {
    pub(crate) fn new(new: NewJob) -> Self {
        // They take no place among the jobs that wait for one.
        Self(Submission::of(new, u64::MAX))
    }

    pub(crate) fn job(&self) -> &NewJob {
        &self.0.new
    }

    /// When it was submitted.
    pub(crate) fn submitted_at(&self) -> i64 {
        self.0.at
    }
}

/// What becomes of each of these jobs, and the statements that store those that are new. To be
/// executed together with those for what belongs to them.
pub(crate) async fn insertion(
    on: &DatabaseTransaction,
    jobs: &[&ParkedJob],
) -> Result<(Vec<Result<Submitted>>, Vec<Statement>)> {
    let submissions: Vec<&Submission> = jobs.iter().map(|job| &job.0).collect();
    submit::prepare(on, &submissions, &mut Room::default()).await
}
