//! What becomes of fires that are stored: they start, wait, or give way.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use entity::{FireState, trigger_fire};
use tokio::task::JoinError;
use tokio::time::Instant;
use tracing::{info, warn};

use super::board::Running;
use super::overlap::{Decision, Overlap, Reason};
use super::service::Firing;
use crate::backoff::Backoff;
use crate::engine::seam::{FireError, StartedFire};
use crate::engine::store::{Change, StoreError};
use crate::telemetry::metrics::metrics;

/// After something that passes, such as a repository that is away.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(30),
};

/// What has come of starting a fire.
pub(super) struct Start {
    row: trigger_fire::Model,
    outcome: Result<StartedFire, FireError>,
}

impl Firing<'_> {
    /// Looks for fires of which nobody has decided what becomes.
    pub(super) async fn pick_up(&mut self) -> Result<(), StoreError> {
        let rows = self.store.triggers().in_state(FireState::Stored).await?;
        let is_new = |row: &trigger_fire::Model| {
            let entry = self.board.get(&row.trigger_id);
            entry.is_none_or(|entry| !entry.starting.contains(&row.id))
        };
        let new: Vec<_> = rows.into_iter().filter(is_new).collect();
        self.decide(new).await
    }

    /// Decides about fires that are stored.
    pub(super) async fn decide(
        &mut self,
        rows: Vec<trigger_fire::Model>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let triggers: BTreeSet<String> = rows.iter().map(|row| row.trigger_id.clone()).collect();
        self.learn_ends(&triggers).await?;
        let mut changes = Vec::new();
        let mut cancelled = Vec::new();
        let mut orphans = Vec::new();
        for row in rows {
            let Some(entry) = self.board.get_mut(&row.trigger_id) else {
                orphans.push(row);
                continue;
            };
            match entry
                .trigger
                .overlap
                .decide(entry.active(), entry.queued.len())
            {
                Decision::Start => self.begin(row),
                Decision::Skip(reason) => {
                    let message = match reason {
                        Reason::Running => "what an earlier fire has started still runs",
                        Reason::QueueFull => "1000 fires wait already",
                    };
                    changes.push(change(&row, FireState::Skipped, None, Some(message)));
                }
                Decision::Queue => {
                    changes.push(change(&row, FireState::Queued, None, None));
                    entry.queued.push_back(row);
                }
                Decision::Replace => {
                    let message = "a later fire has taken its place";
                    for earlier in entry.queued.drain(..) {
                        changes.push(change(&earlier, FireState::Skipped, None, Some(message)));
                    }
                    for running in &entry.running {
                        cancelled.push((Arc::clone(&entry.source), running.started.clone()));
                    }
                    changes.push(change(&row, FireState::Queued, None, None));
                    entry.queued.push_back(row);
                }
            }
        }
        self.note(changes).await?;
        for (source, started) in cancelled {
            source.cancel(&started).await?;
        }
        self.give_up(orphans).await?;
        self.start_queued().await
    }

    /// Starts a fire; what comes of it is reported to [`Self::have_started`].
    pub(super) fn begin(&mut self, row: trigger_fire::Model) {
        let Some(entry) = self.board.get_mut(&row.trigger_id) else {
            return;
        };
        entry.starting.insert(row.id.clone());
        let (fire, source) = (entry.fire(&row), Arc::clone(&entry.source));
        let places = Arc::clone(&self.places);
        self.starts.spawn(async move {
            let _place = places.acquire().await;
            let outcome = source.start(&fire).await;
            Start { row, outcome }
        });
    }

    /// Notes what has come of starts, all together.
    pub(super) async fn have_started(
        &mut self,
        starts: Vec<Result<Start, JoinError>>,
    ) -> Result<(), StoreError> {
        let mut changes = Vec::new();
        let mut cancelled = Vec::new();
        for start in starts {
            // After a panic the fire is still there, and found by the next one who has the duty.
            let Ok(Start { row, outcome }) = start else {
                return Err(StoreError::Contended);
            };
            let (state, started, message) = match outcome {
                Ok(StartedFire::Started(id)) => (FireState::Started, Some(id), None),
                Ok(StartedFire::Ignored(reason)) => (FireState::Ignored, None, Some(reason)),
                Err(FireError::Final(reason)) => {
                    warn!(
                        trigger = row.trigger_id,
                        reason, "a trigger has started nothing"
                    );
                    (FireState::Failed, None, Some(reason))
                }
                Err(FireError::Later(reason)) => {
                    let failures = self.failures.entry(row.id.clone()).or_default();
                    *failures += 1;
                    let pause = BACKOFF.pause(*failures, row.stored_at.unsigned_abs());
                    warn!(trigger = row.trigger_id, reason, "a trigger fires later");
                    if row.message.as_ref() != Some(&reason) {
                        let (state, message) = (row.state, Some(reason.as_str()));
                        changes.push(change(&row, state, None, message));
                    }
                    let row = trigger_fire::Model {
                        message: Some(reason),
                        ..row
                    };
                    self.later.push((Instant::now() + pause, row));
                    continue;
                }
            };
            self.failures.remove(&row.id);
            if let Some(entry) = self.board.get_mut(&row.trigger_id) {
                entry.starting.remove(&row.id);
                if let Some(started) = &started {
                    info!(trigger = row.trigger_id, started, "a trigger has fired");
                    if entry.trigger.overlap == Overlap::Cancel && !entry.queued.is_empty() {
                        cancelled.push((Arc::clone(&entry.source), started.clone()));
                    }
                    entry.running.push(Running {
                        fire: row.id.clone(),
                        started: started.clone(),
                    });
                }
            }
            changes.push(change(&row, state, started, message.as_deref()));
        }
        self.note(changes).await?;
        for (source, started) in cancelled {
            source.cancel(&started).await?;
        }
        Ok(())
    }

    /// Starts those again for which something was away.
    pub(super) fn try_again(&mut self) {
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.later = later;
        for (_, row) in due {
            self.begin(row);
        }
    }

    /// Those whose triggers are not there any more start nothing.
    pub(super) async fn give_up(
        &mut self,
        orphans: Vec<trigger_fire::Model>,
    ) -> Result<(), StoreError> {
        let message = Some("there is no such trigger any more");
        let changes = orphans.iter();
        let changes = changes.map(|row| change(row, FireState::Failed, None, message));
        self.note(changes.collect()).await
    }

    async fn note(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        for change in &changes {
            let state = change.state.as_str();
            metrics().trigger_fires.add(1, &[("state", state)]);
        }
        self.store.triggers().change(changes).await?;
        self.service.signals.decided.send_replace(());
        Ok(())
    }
}

fn change(
    row: &trigger_fire::Model,
    state: FireState,
    started: Option<String>,
    message: Option<&str>,
) -> Change {
    Change {
        fire: row.id.clone(),
        state,
        started,
        message: message.map(str::to_owned),
    }
}
