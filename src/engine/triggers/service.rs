//! Fires the triggers of all sources, in one process at a time.
//!
//! It sleeps until something is due, a bell rings, or a second has passed: then it looks for what other
//! processes have stored.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use entity::{FireState, trigger_fire};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::board::{Board, Entry, Running};
use super::files::Look;
use super::starting::Start;
use crate::clock;
use crate::engine::seam::{
    Bell, DutyWork, HeldDuty, Service, ServiceContext, StepError, TriggerKind, TriggerSource,
};
use crate::engine::store::{Definition, Store, StoreError};

const DUTY: &str = "triggers";

/// A process that is silent this long is replaced.
const DUTY_MS: i64 = 15_000;

/// Other processes may have stored fires; the time of day may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Fires that are being started at the same time.
const STARTS_AT_ONCE: usize = 64;

/// The service.
pub(super) struct TriggerService {
    pub(super) store: Store,
    pub(super) sources: Vec<Arc<dyn TriggerSource>>,
    pub(super) signals: Signals,
    /// How long fires are kept, in microseconds.
    pub(super) keep: i64,
}

/// Between the service and the calls of this process.
#[derive(Clone, Default)]
pub(super) struct Signals {
    /// A call has stored a fire.
    pub(super) stored: watch::Sender<()>,
    /// A call has changed what the service remembers.
    pub(super) changed: watch::Sender<()>,
    /// The service has decided what becomes of fires.
    pub(super) decided: watch::Sender<()>,
    /// Whether this process serves callers: commands that end soon fire nothing.
    pub(super) serves: watch::Sender<bool>,
}

#[async_trait]
impl Service for TriggerService {
    fn name(&self) -> &'static str {
        "triggers"
    }

    async fn run(&self, with: ServiceContext) -> Result<(), StepError> {
        let mut serves = self.signals.serves.subscribe();
        tokio::select! {
            () = with.stop.cancelled() => return Ok(()),
            _ = async { serves.wait_for(|serves| *serves).await.is_ok() } => {}
        }
        let mut work = FiringDuty {
            service: self,
            bell: with.bell.clone(),
        };
        with.duty(DUTY, DUTY_MS).serve(&mut work, &with.stop).await
    }
}

struct FiringDuty<'s> {
    service: &'s TriggerService,
    bell: Bell,
}

#[async_trait]
impl DutyWork for FiringDuty<'_> {
    fn prevented(&self) -> &'static str {
        "triggers cannot be fired"
    }

    async fn work(&mut self, held: HeldDuty<'_>) -> Result<(), StoreError> {
        info!("firing triggers");
        let mut firing = Firing::new(self.service, self.bell.clone());
        firing.work(held).await
    }
}

/// The work of the process that has the duty. Everything that matters is in the store: after an error it
/// begins anew.
pub(super) struct Firing<'s> {
    pub(super) service: &'s TriggerService,
    pub(super) store: &'s Store,
    pub(super) board: Board,
    pub(super) starts: JoinSet<Start>,
    pub(super) places: Arc<Semaphore>,
    /// Fires that are tried again.
    pub(super) later: Vec<(Instant, trigger_fire::Model)>,
    /// By fire, how often it could not be started in a row.
    pub(super) failures: HashMap<String, u32>,
    pub(super) looks: JoinSet<Look>,
    pub(super) sweep_at: Instant,
    bell: Bell,
    has_rung: bool,
    look_at: Instant,
    /// The time of day when it was looked at last.
    last_now: i64,
    changes: Vec<watch::Receiver<()>>,
    stored: watch::Receiver<()>,
}

impl<'s> Firing<'s> {
    fn new(service: &'s TriggerService, bell: Bell) -> Self {
        let sources = service.sources.iter().map(|source| source.changes());
        let own = service.signals.changed.subscribe();
        Self {
            service,
            store: &service.store,
            board: Board::new(),
            starts: JoinSet::new(),
            places: Arc::new(Semaphore::new(STARTS_AT_ONCE)),
            later: Vec::new(),
            failures: HashMap::new(),
            looks: JoinSet::new(),
            sweep_at: Instant::now() + LOOK_EVERY,
            bell,
            has_rung: true,
            look_at: Instant::now(),
            last_now: i64::MIN,
            changes: sources.chain([own]).collect(),
            stored: service.signals.stored.subscribe(),
        }
    }

    async fn work(&mut self, mut held: HeldDuty<'_>) -> Result<(), StoreError> {
        self.load().await?;
        while !held.stop.is_cancelled() && held.is_kept().await? {
            self.turn().await?;
            self.rest(held.stop).await?;
        }
        Ok(())
    }

    /// Does what there is to do at this moment.
    async fn turn(&mut self) -> Result<(), StoreError> {
        let mut is_changed = false;
        for changes in &mut self.changes {
            is_changed |= changes.has_changed().unwrap_or(false);
            changes.mark_unchanged();
        }
        if is_changed {
            self.load().await?;
        }
        let now = clock::now_micros();
        if now < self.last_now {
            self.consider_all();
        }
        self.last_now = now;
        self.fire_due(now).await?;
        let is_time = self.look_at <= Instant::now();
        let is_stored = self.stored.has_changed().unwrap_or(false);
        self.stored.mark_unchanged();
        if is_time || is_stored {
            self.pick_up().await?;
        }
        if is_time || self.has_rung {
            self.has_rung = false;
            if is_time {
                self.learn_all_ends().await?;
            }
            self.fire_for_jobs().await?;
            self.start_queued().await?;
        }
        self.look_for_files();
        self.try_again();
        if is_time {
            self.look_at = Instant::now() + LOOK_EVERY;
            self.sweep().await?;
        }
        Ok(())
    }

    /// Until there may be something to do.
    async fn rest(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        let due = self.board.values().filter_map(|entry| entry.clock.as_ref());
        let due = due.map(|clock| clock.next_due).min().unwrap_or(i64::MAX);
        let until_due = due
            .saturating_sub(clock::now_micros())
            .max(0)
            .unsigned_abs();
        let until_look = self.look_at.saturating_duration_since(Instant::now());
        let pause = Duration::from_micros(until_due).min(until_look);
        let pause = pause.min(self.until_next_file());
        let waits_for_ends = self.waits_for_ends();
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(pause) => {}
            _ = self.stored.changed() => self.stored.mark_changed(),
            () = self.bell.rung(), if waits_for_ends => self.has_rung = true,
            Some(start) = self.starts.join_next() => {
                let mut ready = vec![start];
                while let Some(start) = self.starts.try_join_next() {
                    ready.push(start);
                }
                self.have_started(ready).await?;
                // What has ended already lets others begin.
                self.has_rung = true;
            }
            Some(look) = self.looks.join_next() => {
                if let Ok(look) = look {
                    self.have_looked(look).await?;
                }
            }
        }
        Ok(())
    }

    /// Reads what all sources define, and what the store knows of it.
    async fn load(&mut self) -> Result<(), StoreError> {
        let mut before = std::mem::take(&mut self.board);
        let now = clock::now_micros();
        let triggers = self.store.triggers();
        let latest = triggers.latest().await?;
        for source in &self.service.sources {
            let defined = source.triggers();
            let definitions = defined.iter().map(|trigger| Definition {
                id: trigger.id.clone(),
                digest: trigger.digest.clone(),
                is_paused: trigger.is_paused,
            });
            let prefix = format!("{}/", source.name());
            let known = triggers.below(&prefix).await?;
            triggers.sync(definitions.collect(), &known, now).await?;
            let rows = triggers.below(&prefix).await?;
            for trigger in defined {
                let Some(row) = rows.get(&trigger.id) else {
                    continue;
                };
                let id = trigger.id.clone();
                let latest = latest.get(&id).copied();
                let mut entry = Entry::new(trigger, Arc::clone(source), row, latest);
                if let Some(before) = before.remove(&id) {
                    entry.take_over(before);
                }
                self.board.insert(id, entry);
            }
        }
        for row in triggers.running().await? {
            if let (Some(entry), Some(started)) = (self.board.get_mut(&row.trigger_id), row.started)
            {
                entry.running.push(Running {
                    fire: row.id,
                    started,
                });
            }
        }
        // Those that were being started come first, whatever waits.
        self.pick_up().await?;
        let mut orphans = Vec::new();
        for row in triggers.in_state(FireState::Queued).await? {
            match self.board.get_mut(&row.trigger_id) {
                Some(entry) if entry.starting.contains(&row.id) => {}
                Some(entry) if entry.queued.iter().any(|queued| queued.id == row.id) => {}
                Some(entry) => entry.queued.push_back(row),
                None => orphans.push(row),
            }
        }
        self.give_up(orphans).await
    }

    /// Whether ends of jobs matter at this moment.
    fn waits_for_ends(&self) -> bool {
        let waits = |entry: &Entry| {
            !entry.queued.is_empty() || matches!(entry.trigger.kind, TriggerKind::After)
        };
        self.board.values().any(waits)
    }
}

/// What is running, by the source that has started it.
pub(super) type BySource = HashMap<&'static str, (Arc<dyn TriggerSource>, Vec<String>)>;
