//! What workers report, and what they get in return.

use entity::DispatchStatus;

use tracing::info;

use super::services::{Answer, Unusable, Via, apply};
use super::store::Reported;
use super::{Dispatch, DispatchError, Report, Result, TaskId, unknown};

/// What a worker is to know when its report, or its heartbeat, was taken.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged {
    /// A caller has cancelled the task.
    pub is_cancelled: bool,
}

/// The failure of the task whose end an answer would have been, if the answer cannot be used.
pub fn failure_of(read: std::result::Result<Answer, Unusable>) -> Option<Answer> {
    Some(*read.err()?.failure?)
}

impl Dispatch {
    /// Applies what a worker, or a caller for it, says of a task.
    pub async fn report(&self, id: &TaskId, report: Report) -> Result<Acknowledged> {
        let services = &self.options.services;
        let says_failed = report.status == DispatchStatus::Failed;
        let reported = apply(&self.store, services, &self.bell, id, report, Via::Http).await?;
        self.acknowledge(reported, id, says_failed).await
    }

    /// Fails the task whose end an answer would have been that cannot be used, as [`failure_of`] says.
    /// Its sender gets the reason in any case.
    pub async fn fail_unusable(&self, answer: Answer) {
        let Answer { task, report } = answer;
        if let Err(error) = self.report(&task, report).await {
            info!(job.id = %task.job, %error, "an answer that cannot be used was refused");
        }
    }

    /// What is said of a report, or a heartbeat. Whether the task was cancelled is looked up only
    /// where it can have been: a cancelled task has failed.
    pub(super) async fn acknowledge(
        &self,
        reported: Reported,
        id: &TaskId,
        says_failed: bool,
    ) -> Result<Acknowledged> {
        let may_be = match reported {
            Reported::Refused { .. } => true,
            Reported::Same => says_failed,
            Reported::Done | Reported::Unknown => false,
        };
        let is_cancelled = may_be && {
            let found = self.statuses(&[Some(id.clone())]).await?;
            found.iter().flatten().any(|view| view.is_cancelled)
        };
        match taken(reported, id) {
            Ok(()) => Ok(Acknowledged { is_cancelled }),
            Err(DispatchError::Refused { reason }) if is_cancelled => {
                Err(DispatchError::Cancelled { reason })
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether what was said of a task was taken.
fn taken(reported: Reported, id: &TaskId) -> Result<()> {
    match reported {
        Reported::Done | Reported::Same => Ok(()),
        Reported::Refused { reason } => Err(DispatchError::Refused { reason }),
        Reported::Unknown => Err(unknown(id)),
    }
}
