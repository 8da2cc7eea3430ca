//! The batch actors of a task, and how they are stopped.

use ractor::{ActorCell, ActorProcessingErr, ActorRef};
use tokio::time::Instant;
use tracing::info;

use super::{LookError, TaskState, ToTask, stop_without_lease};
use crate::engine::runtime::stop::{StopRequest, StopSwitch};
use crate::engine::seam::StopReason;
use crate::engine::store::BatchKey;

/// A batch actor of the task.
pub(super) struct Child {
    pub cell: ActorCell,
    pub key: BatchKey,
    pub attempt: (i32, i32),
    pub began_at: i64,
    /// An outage was known when it began.
    pub in_outage: bool,
    pub stop: StopSwitch,
}

/// The end of a batch actor.
pub(super) struct Death {
    pub child: Child,
    /// `None`: it was asked to stop, or it was done.
    pub error: Option<ActorProcessingErr>,
}

impl TaskState {
    pub(super) fn stop_children(&mut self, why: StopReason) {
        for child in self.children.values_mut() {
            child.stop.ask(StopRequest::now(why));
            child.cell.stop(None);
        }
    }

    /// Slices in work are finished first, if that takes no longer than the drain may.
    pub(super) async fn drain(
        &mut self,
        until: Instant,
        myself: &ActorRef<ToTask>,
    ) -> Result<(), LookError> {
        if self.children.is_empty() {
            self.engine.store.leases().release(&self.claim).await?;
            info!(job.id = %self.claim.job, "job released: it continues with the next start");
            stop_without_lease(myself);
        } else {
            for child in self.children.values_mut() {
                child.stop.ask(StopRequest::by(StopReason::Drained, until));
                child.cell.stop(None);
            }
        }
        Ok(())
    }
}
