//! Why an instance is not made, as callers see it.

use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object};
use serde_json::Value;

use crate::clock;
use crate::engine::store::SlotHolder;

/// Why an instance is not made, or that it is.
#[derive(Clone, Debug, Object)]
pub(crate) struct Explanation {
    /// The instance, e.g. `load_daily(country=us,date=2026-11-21)`.
    pub id: String,
    /// The job that makes it, or the last one, if that has failed; null: there is none.
    pub job: Option<String>,
    /// The state of the job; without one what a run would do: `run`, `complete`, `wait`, `missing`,
    /// `blocked` or `group`.
    pub state: String,
    /// For people.
    pub sentence: String,
    /// None: it is made, or moves.
    pub because: Vec<Because>,
}

impl Explanation {
    /// The same for programs that read what commands print.
    pub(crate) fn json(&self) -> Value {
        self.to_json().unwrap_or_default()
    }
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum WhyKind {
    /// It needs another instance, which is not made yet.
    Requirement,
    /// The slots of a resource are held by others, or kept for them.
    Resource,
    /// As many as may run already run.
    Limit,
    /// It has failed, and is tried again.
    Retry,
    /// It needs what others make or do, and that is not there yet.
    Input,
    /// Something that it needs is away.
    Outage,
    /// Somebody has paused it.
    Paused,
    /// Something that it needs has failed, or cannot be made.
    Upstream,
}

/// Why an instance is not made. Which members there are depends on the kind.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Because {
    pub kind: WhyKind,
    /// `requirement`, `upstream`: the other instance.
    pub id: Option<String>,
    /// Its job.
    pub job: Option<String>,
    /// The state of that job, or what a run would do with the instance.
    pub state: Option<String>,
    /// `requirement`: it is waited for, and not needed.
    pub optional: Option<bool>,
    /// `resource`: its name. `limit`: the task or the setting with the limit.
    pub name: Option<String>,
    /// How much of it is needed.
    pub needs: Option<u32>,
    /// How much there is.
    pub slots: Option<u32>,
    pub held: Option<u32>,
    pub holders: Option<Vec<SlotUser>>,
    /// Those that come first and wait, too.
    pub kept_for: Option<Vec<SlotUser>>,
    /// `input`, `upstream`: what is missing.
    pub missing: Option<String>,
    /// RFC 3339, like all times here: since when it waits.
    pub since: Option<String>,
    /// When it is tried, or looked at, again.
    pub next_at: Option<String>,
    /// `retry`: the attempt that comes next.
    pub attempt: Option<u32>,
    /// How many attempts there may be.
    pub attempts: Option<u32>,
    /// What went wrong, is away, or is waited for.
    pub detail: Option<String>,
}

/// An instance that holds slots, or is to get them first.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct SlotUser {
    pub id: String,
    pub job: String,
    pub slots: Option<u32>,
    pub since: Option<String>,
}

impl Because {
    pub(crate) fn of(kind: WhyKind) -> Self {
        Self {
            kind,
            id: None,
            job: None,
            state: None,
            optional: None,
            name: None,
            needs: None,
            slots: None,
            held: None,
            holders: None,
            kept_for: None,
            missing: None,
            since: None,
            next_at: None,
            attempt: None,
            attempts: None,
            detail: None,
        }
    }
}

impl SlotUser {
    pub(crate) fn of(holder: &SlotHolder, slot: &str) -> Self {
        Self {
            id: holder.name().to_owned(),
            job: holder.job.to_string(),
            slots: Some(holder.holds(slot)),
            since: holder.since.map(clock::rfc3339),
        }
    }
}
