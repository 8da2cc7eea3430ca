//! A run as callers see it.

use std::collections::BTreeMap;

use entity::pipeline_run;
use poem_openapi::Object;
use serde_json::Value;

use crate::clock;
use crate::http::body::Word;
use crate::http::error::Failure;
use crate::systems::pipelines::api::words::RunStates;
use crate::systems::pipelines::pipelines::Pipelines;

/// One request to make instances of tasks.
#[derive(Object)]
pub(super) struct RunView {
    /// 32 lower-case hexadecimal digits; newer runs have greater ids.
    pub id: String,
    project: String,
    /// Of the project's file with which it was planned.
    version: String,
    /// The commit whose files it uses; null: the project does not come from git.
    commit: Option<String>,
    state: Word<RunStates>,
    /// Targets and options as they were understood.
    request: Value,
    /// Name of the trigger that has started it; null: somebody has.
    trigger: Option<String>,
    /// Name of the token with which it was started; null: a command on the server's machine.
    started_by: Option<String>,
    /// The run whose rest this one makes.
    retry_of: Option<String>,
    /// How many instances there were of each action in its plan.
    planned: BTreeMap<String, u64>,
    /// How many instances there are by the state of their jobs, or by action where nothing is to be done.
    counts: BTreeMap<String, u64>,
    /// Somebody has asked it to stop.
    cancel_requested: bool,
    /// RFC 3339, like all times here.
    created_at: String,
    ended_at: Option<String>,
}

impl RunView {
    pub(super) async fn of(
        pipelines: &Pipelines,
        run: pipeline_run::Model,
    ) -> Result<Self, Failure> {
        Ok(Self {
            counts: pipelines.counts(&run).await?,
            // What is stored was JSON when it was stored.
            planned: serde_json::from_str(&run.planned).unwrap_or_default(),
            request: serde_json::from_str(&run.request).unwrap_or_default(),
            id: run.id,
            project: run.project,
            version: run.version,
            commit: run.commit_id,
            state: Word(run.state),
            trigger: run.trigger_name,
            started_by: run.started_by,
            retry_of: run.retry_of,
            cancel_requested: run.cancel_requested,
            created_at: clock::rfc3339(run.created_at),
            ended_at: run.ended_at.map(clock::rfc3339),
        })
    }
}
