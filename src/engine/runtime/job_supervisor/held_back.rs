//! Jobs that cannot begin because their queue is full: that stands once in the history of each.

use std::collections::{BTreeSet, HashMap};

use entity::JobId;

use super::JobsState;
use crate::engine::runtime::waiting::is_of_full_queue;
use crate::engine::store::StoreError;

/// Queued jobs that are looked at together.
const LOOKED_AT: u64 = 200;

impl JobsState {
    /// Looks at the jobs that were queued since the last look, as far as they belong to queues with a
    /// limit.
    pub(super) async fn note_held_back(&mut self) -> Result<(), StoreError> {
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
            full.retain(|_, reason| is_of_full_queue(reason));
            let held_back = queued.into_iter().filter_map(|(job, queue)| {
                let reason = full.get(&queue)?.clone();
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
