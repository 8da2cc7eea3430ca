//! Jobs that cannot begin because their queue is full: that stands once in the history of each that
//! waits for longer than a moment.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use entity::JobId;
use ractor::ActorRef;

use super::{JobsState, ToJobs};
use crate::engine::runtime::tree::Post;
use crate::engine::runtime::waiting::is_of_full_queue;
use crate::engine::store::StoreError;

/// Queued jobs that are looked at together.
const LOOKED_AT: u64 = 200;

/// Of jobs that begin within this time it is not worth a write that they have waited.
const NOTED_AFTER: Duration = Duration::from_millis(500);

/// Whether a look is due.
#[derive(Debug, Default)]
pub(super) struct HeldBack {
    is_due: bool,
}

impl JobsState {
    /// Notes the jobs that still wait after a moment.
    pub(super) fn note_held_back_soon(&mut self, myself: &ActorRef<ToJobs>) {
        if !std::mem::replace(&mut self.held_back.is_due, true) {
            myself.post_after(NOTED_AFTER, || ToJobs::NoteHeldBack);
        }
    }

    /// Looks at the jobs that were queued since the last look, as far as they belong to queues with a
    /// limit.
    pub(super) async fn note_held_back(&mut self) -> Result<(), StoreError> {
        self.held_back.is_due = false;
        let engine = &self.engine;
        let limited = &engine.limits.queue_jobs_max;
        if limited.is_empty() || engine.only.is_some() {
            return Ok(());
        }
        let leases = engine.store.leases();
        loop {
            let after = self.queued_seen.as_ref();
            let queued = leases.queued_after(after, LOOKED_AT).await?;
            let Some((last, _)) = queued.last() else {
                return Ok(());
            };
            self.queued_seen = Some(last.clone());
            let queues = queued.iter().map(|(_, queue)| queue.clone());
            let queues: BTreeSet<String> =
                queues.filter(|queue| limited.contains_key(queue)).collect();
            let mut full = engine.full_queues(queues).await?;
            full.retain(|_, full| is_of_full_queue(&full.reason));
            let held_back = queued.into_iter().filter_map(|(job, queue)| {
                let reason = full.get(&queue)?.reason_for(&job)?;
                Some((job, reason))
            });
            let held_back: HashMap<JobId, String> = held_back.collect();
            if held_back.is_empty() {
                continue;
            }
            for job in leases.hold_back(held_back).await? {
                engine.hub.changed(&job);
            }
        }
    }
}
