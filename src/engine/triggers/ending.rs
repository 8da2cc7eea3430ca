//! The ends of what fires have started, and the fires that wait for them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::service::{BySource, Firing};
use crate::clock;
use crate::engine::store::StoreError;

impl Firing<'_> {
    /// Finds out what of these triggers has ended.
    pub(super) async fn learn_ends(&mut self, ids: &BTreeSet<String>) -> Result<(), StoreError> {
        let mut running = BySource::new();
        for id in ids {
            let Some(entry) = self.board.get(id) else {
                continue;
            };
            let started = entry.running.iter().map(|running| running.started.clone());
            let (_, all) = running
                .entry(entry.source.name())
                .or_insert_with(|| (Arc::clone(&entry.source), Vec::new()));
            all.extend(started);
        }
        let mut ended = HashMap::new();
        for (source, started) in running.into_values() {
            if !started.is_empty() {
                ended.extend(source.ended(&started).await?);
            }
        }
        if ended.is_empty() {
            return Ok(());
        }
        let (mut ends, mut kept) = (Vec::new(), Vec::new());
        for id in ids {
            let Some(entry) = self.board.get_mut(id) else {
                continue;
            };
            let (gone, left) = std::mem::take(&mut entry.running)
                .into_iter()
                .partition(|running| ended.contains_key(&running.started));
            entry.running = left;
            for running in gone {
                let Some(end) = ended.get(&running.started) else {
                    continue;
                };
                ends.push((running.fire, end.outcome));
                if let Some(keep) = &end.keep {
                    entry.kept = Some(keep.clone());
                    kept.push((id.clone(), keep.to_string()));
                }
            }
        }
        let triggers = self.store.triggers();
        triggers.end(ends, kept, clock::now_micros()).await
    }

    /// The same of all that have started something whose end is not known.
    pub(super) async fn learn_all_ends(&mut self) -> Result<(), StoreError> {
        let running = self.board.iter();
        let running = running.filter(|(_, entry)| !entry.running.is_empty());
        let running: BTreeSet<String> = running.map(|(id, _)| id.clone()).collect();
        self.learn_ends(&running).await
    }

    /// Starts the first of those that wait where nothing runs any more.
    pub(super) async fn start_queued(&mut self) -> Result<(), StoreError> {
        let waiting = self
            .board
            .iter()
            .filter(|(_, entry)| !entry.queued.is_empty());
        let waiting: BTreeSet<String> = waiting.map(|(id, _)| id.clone()).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        self.learn_ends(&waiting).await?;
        let is_free = |id: &&String| self.board.get(*id).is_some_and(|entry| entry.active() == 0);
        let free: Vec<String> = waiting.iter().filter(is_free).cloned().collect();
        let paused = self.store.triggers().paused(&free).await?;
        for id in free {
            if paused.contains(&id) {
                continue;
            }
            let entry = self.board.get_mut(&id);
            if let Some(row) = entry.and_then(|entry| entry.queued.pop_front()) {
                self.begin(row);
            }
        }
        Ok(())
    }
}
