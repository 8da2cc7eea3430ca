//! Triggers and their fires as callers see them.

use std::collections::BTreeMap;

use entity::pipeline_run;
use poem_openapi::Object;
use serde_json::Value;

use crate::clock;
use crate::engine::triggers::{FireView, TriggerView};
use crate::http::body::Word;
use crate::systems::pipelines::api::words::{FireStates, Overlaps, RunStates, TriggerKinds};
use crate::systems::pipelines::project::Trigger;

/// What starts runs of a project by itself, or when it is called.
#[derive(Object)]
pub(super) struct ProjectTrigger {
    /// Its name in the project.
    pub trigger: String,
    kind: Word<TriggerKinds>,
    /// When it fires, as the project file says it: a cron expression, the name of a file, a task, a forge.
    on: Option<String>,
    /// Tasks that it makes.
    run: Vec<String>,
    /// Values of their parameters, as they are written.
    with: BTreeMap<String, Value>,
    overlap: Word<Overlaps>,
    paused: bool,
    /// Who has paused or resumed it last; null: as the project file says.
    paused_by: Option<String>,
    paused_at: Option<String>,
    /// The next times at which it fires, as far as they are known; RFC 3339, like all times here.
    next: Vec<String>,
    /// The last 50, newest first.
    fires: Vec<TriggerFire>,
}

/// A moment at which a trigger has fired.
#[derive(Object)]
pub(super) struct TriggerFire {
    id: String,
    /// No trigger fires twice for the same.
    key: String,
    /// The moment for which it fired.
    at: String,
    /// When it was stored.
    stored_at: String,
    state: Word<FireStates>,
    /// The run that it has started.
    run: Option<String>,
    run_state: Option<Word<RunStates>>,
    /// Parameters that came with it.
    params: BTreeMap<String, Value>,
    /// The caller; null: it fired by itself.
    fired_by: Option<String>,
    /// Why it has started nothing.
    message: Option<String>,
}

impl ProjectTrigger {
    pub(super) fn of(trigger: &Trigger, view: TriggerView, runs: &[pipeline_run::Model]) -> Self {
        Self {
            trigger: trigger.name.clone(),
            kind: Word(trigger.kind.word()),
            on: trigger.kind.on(),
            run: trigger.run.clone(),
            with: trigger.with.iter().cloned().collect(),
            overlap: Word(trigger.overlap.as_str()),
            paused: view.is_paused,
            paused_by: view.paused_by,
            paused_at: view.paused_at.map(clock::rfc3339),
            next: view.next.into_iter().map(clock::rfc3339).collect(),
            fires: view
                .fires
                .into_iter()
                .map(|fire| TriggerFire::of(fire, runs))
                .collect(),
        }
    }
}

impl TriggerFire {
    pub(super) fn of(fire: FireView, runs: &[pipeline_run::Model]) -> Self {
        let run = fire.started.as_ref();
        let run = run.and_then(|id| runs.iter().find(|run| run.id == *id));
        Self {
            run_state: run.map(|run| Word(run.state)),
            id: fire.id,
            key: fire.key,
            at: clock::rfc3339(fire.at),
            stored_at: clock::rfc3339(fire.stored_at),
            state: Word(fire.state),
            run: fire.started,
            params: fire.params.into_iter().collect(),
            fired_by: fire.fired_by,
            message: fire.message,
        }
    }
}
