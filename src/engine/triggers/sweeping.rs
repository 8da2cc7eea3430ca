//! Drops old fires, but never one whose file is still there: it would fire again.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::service::Firing;
use crate::clock;
use crate::engine::store::{StoreError, stored_fire_key};

const EVERY: Duration = Duration::from_secs(3_600);

/// Rows of one transaction.
const AT_ONCE: u64 = 1_000;

impl Firing<'_> {
    pub(super) async fn sweep(&mut self) -> Result<(), StoreError> {
        if self.sweep_at > Instant::now() {
            return Ok(());
        }
        let triggers = self.store.triggers();
        let before = clock::now_micros().saturating_sub(self.service.keep);
        let mut is_done = true;
        for id in triggers.with_fires_before(before).await? {
            let found = triggers.old(&id, before, AT_ONCE).await?;
            let looks = self.board.get(&id).map(|entry| &entry.files.settling);
            let there = looks.into_iter().flat_map(|looks| looks.keys());
            let there: HashSet<String> = there.map(stored_fire_key).collect();
            let is_full = found.len() as u64 == AT_ONCE;
            let found = found.into_iter().filter(|fire| !there.contains(&fire.key));
            let found: Vec<String> = found.map(|fire| fire.id).collect();
            // The rest at the next look.
            is_done &= !is_full || found.is_empty();
            triggers.drop_fires(found).await?;
        }
        if is_done {
            self.sweep_at = Instant::now() + EVERY;
        }
        Ok(())
    }
}
