//! Triggers that fire when a job has ended.

use entity::FireState;

use super::service::Firing;
use crate::clock;
use crate::engine::seam::TriggerKind;
use crate::engine::store::{NewFire, StoreError};

/// A job may be seen that much later than it has ended: its end is stored in a transaction that takes
/// its time, by a machine whose clock differs.
pub(super) const LATE_COMMITS: i64 = 600_000_000;

const AT_ONCE: u64 = 1_000;

impl Firing<'_> {
    /// Stores a fire for each job that has ended since, and starts them.
    pub(super) async fn fire_for_jobs(&mut self) -> Result<(), StoreError> {
        let after = self.board.iter();
        let after = after.filter(|(_, entry)| matches!(entry.trigger.kind, TriggerKind::After));
        let ids: Vec<String> = after.map(|(id, _)| id.clone()).collect();
        let now = clock::now_micros();
        let mut fires = Vec::new();
        for id in ids {
            let Some(entry) = self.board.get_mut(&id) else {
                continue;
            };
            let ends = &mut entry.jobs;
            let found = entry.source.ended_jobs(&id, ends.since, AT_ONCE).await?;
            let last = found.last().map(|job| job.ended_at);
            let is_full = found.len() as u64 == AT_ONCE;
            for job in found {
                if ends.seen.insert(job.id.clone(), job.ended_at).is_some() {
                    continue;
                }
                fires.push(NewFire {
                    trigger: id.clone(),
                    key: job.id,
                    at: job.ended_at,
                    due: job.ended_at,
                    state: FireState::Stored,
                    params: job.params,
                    fired_by: None,
                    message: None,
                });
            }
            if let Some(last) = last {
                // The rest of so many is looked for at once; otherwise late ones are waited for.
                let since = if is_full {
                    last
                } else {
                    last.min(now) - LATE_COMMITS
                };
                ends.since = ends.since.max(since);
                let since = ends.since;
                ends.seen.retain(|_, ended_at| *ended_at >= since);
            }
        }
        if fires.is_empty() {
            return Ok(());
        }
        let stored = self.store.triggers().store(fires, false, now).await?;
        self.decide(stored).await
    }
}
