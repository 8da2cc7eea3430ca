//! What calls can do with triggers: look at them, fire, pause and resume them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use entity::{FireState, trigger_fire};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep};

use super::service::{Signals, TriggerService};
use super::timing::{Timing, micros};
use crate::clock;
use crate::engine::seam::{Service, Trigger, TriggerKind, TriggerSource};
use crate::engine::store::{Definition, NewFire, Store, StoreError};
use crate::engine::{CallerError, ErrorKind};

/// How many of the next and of the last fires are shown.
const NEXT: usize = 5;
const LAST: u64 = 50;

/// How long a call waits until it is decided what becomes of its fire.
const PATIENCE: Duration = Duration::from_secs(5);

/// Another process may decide.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A handle to all triggers; clones share it. Systems are given it before the engine runs, and can use it
/// once it does.
#[derive(Clone, Default)]
pub struct Triggers(Arc<OnceLock<Inner>>);

struct Inner {
    store: Store,
    sources: Vec<Arc<dyn TriggerSource>>,
    signals: Signals,
}

/// A fire that is called for.
#[derive(Clone, Debug)]
pub struct FireCall {
    /// The id of the trigger.
    pub trigger: String,
    /// The same key fires once; `None`: it is a fire of its own.
    pub key: Option<String>,
    pub params: Map<String, Value>,
    /// The name of the caller.
    pub fired_by: String,
    /// A paused trigger ignores what comes by itself; a person may fire it.
    pub though_paused: bool,
    /// Whether a fire with this key and these parameters that has started nothing is tried again.
    pub again_if_failed: bool,
}

/// A trigger, as callers see it.
#[derive(Clone, Debug)]
pub struct TriggerView {
    pub id: String,
    /// What was due before does not fire; `None`: no process has seen it.
    pub since: Option<i64>,
    pub is_paused: bool,
    /// Who has paused or resumed it last, and when.
    pub paused_by: Option<String>,
    pub paused_at: Option<i64>,
    /// When it fires next, in microseconds since 1970; empty if that is not known or it is paused.
    pub next: Vec<i64>,
    /// The last fires, newest first.
    pub fires: Vec<FireView>,
}

/// A fire, as callers see it.
#[derive(Clone, Debug)]
pub struct FireView {
    pub id: String,
    pub key: String,
    pub at: i64,
    pub due_at: i64,
    pub stored_at: i64,
    pub state: FireState,
    /// The id of what it has started.
    pub started: Option<String>,
    pub params: Map<String, Value>,
    pub fired_by: Option<String>,
    pub message: Option<String>,
    pub ended_at: Option<i64>,
    pub outcome: Option<String>,
    /// Whether this call has stored it; otherwise its key was known.
    pub is_new: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    #[error("there is no trigger `{0}`")]
    Unknown(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallerError for TriggerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Unknown(_) => self.to_string(),
            Self::Store(error) => error.public_message(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Store(error) => error.is_logged(),
        }
    }
}

impl Triggers {
    /// Called once, before the engine runs: the service that fires them. Fires are kept for so long.
    pub(crate) fn start(
        &self,
        sources: Vec<Arc<dyn TriggerSource>>,
        store: Store,
        keep: Duration,
    ) -> Arc<dyn Service> {
        let signals = Signals::default();
        let inner = Inner {
            store: store.clone(),
            sources: sources.clone(),
            signals: signals.clone(),
        };
        assert!(self.0.set(inner).is_ok(), "the triggers are started once");
        Arc::new(TriggerService {
            store,
            sources,
            signals,
            keep: micros(keep),
        })
    }

    /// From now on this process serves callers, and may fire.
    pub(crate) fn serve(&self) {
        self.inner().signals.serves.send_replace(true);
    }

    fn inner(&self) -> &Inner {
        self.0
            .get()
            .expect("triggers are used once the engine has been started")
    }

    /// Stores a fire and waits a while for what becomes of it.
    pub async fn fire(&self, call: FireCall) -> Result<FireView, TriggerError> {
        let Inner { store, signals, .. } = self.inner();
        let trigger = self.defined(&call.trigger)?;
        let now = clock::now_micros();
        let own_key = || format!("call:{}", uuid::Uuid::now_v7().simple());
        let key = call.key.unwrap_or_else(own_key);
        let is_ignored = !call.though_paused
            && store
                .triggers()
                .find(&trigger.id)
                .await?
                .map_or(trigger.is_paused, |row| row.is_paused);
        let fire = NewFire {
            trigger: trigger.id.clone(),
            key: key.clone(),
            at: now,
            due: now,
            state: match is_ignored {
                true => FireState::Ignored,
                false => FireState::Stored,
            },
            params: call.params.clone(),
            fired_by: Some(call.fired_by),
            message: is_ignored.then(|| "the trigger is paused".to_owned()),
        };
        let mut decided = signals.decided.subscribe();
        let stored = store.triggers().store(vec![fire], true, now).await?;
        let mut is_new = !stored.is_empty();
        if !is_new && call.again_if_failed {
            let (id, params) = (&trigger.id, Value::Object(call.params).to_string());
            is_new = store.triggers().try_again(id, &key, params).await?;
        }
        if is_new {
            signals.stored.send_replace(());
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let row = store.triggers().fire_by_key(&trigger.id, &key).await?;
            let row = row.ok_or_else(|| TriggerError::Unknown(trigger.id.clone()))?;
            if row.state != FireState::Stored || Instant::now() >= until {
                return Ok(FireView::of(row, is_new));
            }
            tokio::select! {
                _ = decided.changed() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Pauses or resumes a trigger. What was due while it was paused never fires.
    pub async fn pause(
        &self,
        id: &str,
        is_paused: bool,
        by: Option<String>,
    ) -> Result<(), TriggerError> {
        let Inner { store, signals, .. } = self.inner();
        // It may be so new that nobody has stored it.
        self.arm(id).await?;
        let now = clock::now_micros();
        store.triggers().pause(id, is_paused, by, now).await?;
        signals.changed.send_replace(());
        Ok(())
    }

    /// From now on a trigger fires that is new or has changed: what is due from here on is caught up with,
    /// even if no process that fires has seen it yet.
    pub async fn arm(&self, id: &str) -> Result<(), TriggerError> {
        let trigger = self.defined(id)?;
        let triggers = self.inner().store.triggers();
        let known = triggers.find(id).await?;
        let known = known.into_iter().map(|row| (row.id.clone(), row)).collect();
        let definition = Definition {
            id: trigger.id,
            digest: trigger.digest,
            is_paused: trigger.is_paused,
        };
        let now = clock::now_micros();
        Ok(triggers.sync(vec![definition], &known, now).await?)
    }

    /// A trigger with its next and its last fires.
    pub async fn view(&self, id: &str) -> Result<TriggerView, TriggerError> {
        let trigger = self.defined(id)?;
        Ok(TriggerView::of(&self.inner().store, &trigger).await?)
    }

    /// A fire by its id.
    pub async fn find_fire(&self, id: &str) -> Result<Option<FireView>, TriggerError> {
        let row = self.inner().store.triggers().fire(id).await?;
        Ok(row.map(|row| FireView::of(row, false)))
    }

    fn defined(&self, id: &str) -> Result<Trigger, TriggerError> {
        let mut sources = self.inner().sources.iter();
        let source = sources.find(|source| {
            id.split_once('/')
                .is_some_and(|(name, _)| name == source.name())
        });
        let defined = source.and_then(|source| source.trigger(id));
        defined.ok_or_else(|| TriggerError::Unknown(id.to_owned()))
    }
}

impl TriggerView {
    /// What a store says of a trigger.
    pub async fn of(store: &Store, trigger: &Trigger) -> Result<Self, StoreError> {
        let triggers = store.triggers();
        let row = triggers.find(&trigger.id).await?;
        let is_paused = row.as_ref().map_or(trigger.is_paused, |row| row.is_paused);
        let fires = triggers.last(&trigger.id, LAST).await?;
        let since = row.as_ref().map(|row| row.since_at);
        let (paused_by, paused_at) = row.map_or((None, None), |row| (row.paused_by, row.paused_at));
        Ok(Self {
            id: trigger.id.clone(),
            since,
            is_paused,
            paused_by,
            paused_at,
            next: match is_paused {
                true => Vec::new(),
                false => next_fires(trigger),
            },
            fires: fires
                .into_iter()
                .map(|row| FireView::of(row, false))
                .collect(),
        })
    }
}

/// When it fires next, in microseconds since 1970, as far as that is known.
pub fn next_fires(trigger: &Trigger) -> Vec<i64> {
    match &trigger.kind {
        TriggerKind::Cron { cron, jitter, .. } => {
            let timing = Timing::new(&trigger.id, cron.clone(), *jitter);
            let next = timing.due_after(clock::now_micros());
            next.take(NEXT).map(|instant| instant.due).collect()
        }
        TriggerKind::File(_) | TriggerKind::After | TriggerKind::Outside => Vec::new(),
    }
}

impl FireView {
    fn of(row: trigger_fire::Model, is_new: bool) -> Self {
        Self {
            id: row.id,
            key: row.fire_key,
            at: row.at,
            due_at: row.due_at,
            stored_at: row.stored_at,
            state: row.state,
            started: row.started,
            params: serde_json::from_str(&row.params).unwrap_or_default(),
            fired_by: row.fired_by,
            message: row.message,
            ended_at: row.ended_at,
            outcome: row.outcome,
            is_new,
        }
    }
}
