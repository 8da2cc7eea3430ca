//! What starts something by itself: a source lists its triggers and starts what a fire is for.
//!
//! ```text
//! an instant, a file, the end of a job, a call ──► fire, stored under its key ──► TriggerSource::start ──► its id
//! ```

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use regex_automata::meta::Regex;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::engine::store::StoreError;
use crate::engine::triggers::catchup::Rule;
use crate::engine::triggers::cron::Cron;
use crate::engine::triggers::overlap::Overlap;

/// A system that has triggers.
#[async_trait]
pub trait TriggerSource: Send + Sync {
    /// The ids of its triggers begin with it and a slash.
    fn name(&self) -> &'static str;

    /// All its triggers, as they are now. One that has the digest that it had before continues; another
    /// one begins anew.
    fn triggers(&self) -> Vec<Trigger>;

    /// One of them.
    fn trigger(&self, id: &str) -> Option<Trigger> {
        let mut all = self.triggers().into_iter();
        all.find(|trigger| trigger.id == id)
    }

    /// Changes when the list may have changed.
    fn changes(&self) -> watch::Receiver<()>;

    /// Starts what a fire is for. It may be called again for the same fire, also by another process, because
    /// nobody knows what became of the first call: then it has to find what was started before, by
    /// [`Fire::idempotency_key`].
    async fn start(&self, fire: &Fire) -> Result<StartedFire, FireError>;

    /// Those of the things that fires have started that have ended. What is not known any more has ended.
    async fn ended(&self, started: &[String]) -> Result<HashMap<String, FireEnd>, StoreError>;

    /// Asks for the end of something that a fire has started.
    async fn cancel(&self, started: &str) -> Result<(), StoreError>;

    /// Jobs that have ended at this moment (microseconds since 1970) or later and count for one of its
    /// triggers of the kind [`TriggerKind::After`], oldest first, not more than so many.
    async fn ended_jobs(
        &self,
        _trigger: &str,
        _since: i64,
        _limit: u64,
    ) -> Result<Vec<EndedJob>, StoreError> {
        Ok(Vec::new())
    }
}

/// A trigger, as its source defines it.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// The name of its source, a slash, and what is unique there; at most 200 characters.
    pub id: String,
    /// Of its definition, at most 64 characters.
    pub digest: String,
    pub kind: TriggerKind,
    pub overlap: Overlap,
    /// Whether it begins paused.
    pub is_paused: bool,
}

/// When a trigger fires.
#[derive(Clone, Debug)]
pub enum TriggerKind {
    Cron {
        cron: Cron,
        jitter: Option<Duration>,
        rule: Rule,
    },
    File(FileRule),
    /// When a job ends that [`TriggerSource::ended_jobs`] finds.
    After,
    /// When it is called from outside.
    Outside,
}

/// Which files.
#[derive(Clone, Debug)]
pub struct FileRule {
    pub directory: PathBuf,
    /// Matches whole names. What its groups match are the parameters of the fire.
    pub name: Regex,
    pub poll: Duration,
    /// How long a file has to stay unchanged.
    pub settle: Duration,
}

/// A fire that is to start something.
#[derive(Clone, Debug)]
pub struct Fire {
    pub id: String,
    /// The id of its trigger.
    pub trigger: String,
    pub key: String,
    /// The moment that it stands for, in microseconds since 1970: an instant of a cron expression, however
    /// late it is.
    pub at: i64,
    pub params: Map<String, Value>,
    /// The name of the caller, if there is one.
    pub fired_by: Option<String>,
    /// What [`FireEnd::keep`] of the last success of its trigger was.
    pub kept: Option<Value>,
}

impl Fire {
    /// The same whenever this fire is started.
    pub fn idempotency_key(&self) -> String {
        format!("fire:{}", self.id)
    }

    /// The name of the trigger in its source.
    pub fn name(&self) -> &str {
        self.trigger.split_once('/').map_or("", |(_, name)| name)
    }
}

/// What has come of a fire.
#[derive(Clone, Debug)]
pub enum StartedFire {
    /// The id of what was started, at most 64 characters.
    Started(String),
    /// There is nothing to start, and why.
    Ignored(String),
}

/// Why a fire has started nothing.
#[derive(Debug, thiserror::Error)]
pub enum FireError {
    /// Something that is needed is away: it is tried again.
    #[error("{0}")]
    Later(String),
    /// With a sentence that callers may see.
    #[error("{0}")]
    Final(String),
}

/// How something that a fire has started has ended.
#[derive(Clone, Debug)]
pub struct FireEnd {
    /// `succeeded`, `failed`, `cancelled` or `skipped`.
    pub outcome: &'static str,
    /// What later fires of the trigger are given, if it is to be remembered.
    pub keep: Option<Value>,
}

/// A job whose end fires a trigger.
#[derive(Clone, Debug)]
pub struct EndedJob {
    pub id: String,
    pub ended_at: i64,
    pub params: Map<String, Value>,
}
