//! Leases that nobody has made use of: the task waits again, with the same attempt.

use entity::DispatchStatus;

use super::change::Change;
use super::lock;
use super::pull::Taken;
use super::storing::store_all;
use super::{DispatchStore, Patience};
use crate::engine::store::Result;

impl DispatchStore {
    /// Gives tasks back that were leased for a caller who did not wait for them.
    pub async fn give_back(&self, taken: Vec<Taken>, patience: &Patience) -> Result<()> {
        let patience = *patience;
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let ids: Vec<_> = taken.iter().map(|taken| taken.job.clone()).collect();
                    let mut changes = Vec::new();
                    for before in lock::look_at(on, &ids).await? {
                        let is_unused = is_unused(&before);
                        let key = before.holder.as_ref();
                        if is_unused && taken.iter().any(|taken| Some(&taken.key) == key) {
                            let mut change = Change::of(&before);
                            change.give_back(&patience);
                            changes.push(change);
                        }
                    }
                    store_all(on, &changes).await
                })
            })
            .await
    }
}

/// Whether the task is leased and its holder has never given a sign of life.
pub(super) fn is_unused(task: &entity::dispatch::Model) -> bool {
    let is_leased = task.status == DispatchStatus::Running && task.holder.is_some();
    is_leased && task.heartbeat_at.is_none()
}
