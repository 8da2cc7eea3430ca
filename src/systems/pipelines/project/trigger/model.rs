//! Triggers as a project file defines them.

use std::time::Duration;

use chrono_tz::Tz;
use entity::JobState;
use regex_automata::meta::Regex;
use serde_json::Value;

use crate::engine::triggers::catchup::Catchup;
use crate::engine::triggers::overlap::Overlap;
use crate::systems::pipelines::values::Template;
use crate::webhooks::{Filter, Forge};

/// What starts runs.
#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    pub name: String,
    /// Names of tasks.
    pub run: Vec<String>,
    /// Parameters of the run, as they are written: texts, lists, ranges.
    pub with: Vec<(String, Value)>,
    pub overlap: Overlap,
    pub paused: bool,
    pub kind: TriggerKind,
}

#[derive(Clone, Debug)]
pub(crate) enum TriggerKind {
    Cron {
        fields: String,
        timezone: Tz,
        catchup: Catchup,
        window: Duration,
        max: u32,
        jitter: Option<Duration>,
    },
    Webhook {
        forge: Forge,
        secret: String,
        filter: Filter,
    },
    File {
        /// The directory, then the expression for the name of the file.
        directory: Template,
        /// The same as it is written.
        name: String,
        regex: Regex,
        poll: Duration,
        settle: Duration,
    },
    After {
        project: String,
        task: String,
        /// How its job has ended.
        state: JobState,
    },
    Form {
        params: Vec<String>,
        allow: Vec<String>,
    },
}

impl TriggerKind {
    /// Its first key.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Cron { .. } => "cron",
            Self::Webhook { .. } => "webhook",
            Self::File { .. } => "file",
            Self::After { .. } => "after",
            Self::Form { .. } => "form",
        }
    }

    /// When it fires, for people.
    pub(crate) fn on(&self) -> Option<String> {
        match self {
            Self::Cron {
                fields, timezone, ..
            } => Some(format!("{fields} {timezone}")),
            Self::Webhook { forge, .. } => Some(forge.as_str().to_owned()),
            Self::File {
                directory, name, ..
            } => Some(format!("{directory}/{name}")),
            Self::After {
                project,
                task,
                state,
            } => Some(format!("{project}/{task} {}", state.as_str())),
            Self::Form { .. } => None,
        }
    }
}
