//! Schedules and their fires, as callers see them.

use poem_openapi::Object;
use serde_json::Value;

use crate::clock;
use crate::engine::triggers::{FireView, TriggerView};
use crate::systems::schedules::definition::Schedule;

/// The schedules of this server, by name.
#[derive(Object)]
pub(super) struct ScheduleList {
    pub(super) schedules: Vec<ScheduleView>,
}

/// A schedule.
#[derive(Object)]
pub(super) struct ScheduleView {
    name: String,
    /// As it was written.
    definition: Value,
    /// Whether it stands in the server's settings: then it is changed there.
    of_settings: bool,
    /// What was due before does not fire.
    since: Option<String>,
    paused: bool,
    /// Who has paused or resumed it last.
    paused_by: Option<String>,
    paused_at: Option<String>,
    /// When it fires next; empty if that is not known or it is paused.
    next: Vec<String>,
    /// The last fires, newest first.
    fires: Vec<ScheduleFire>,
}

/// A time that a schedule has fired.
#[derive(Object)]
pub(super) struct ScheduleFire {
    id: String,
    /// What it was for; the same never fires twice.
    key: String,
    /// The moment that it stands for.
    at: String,
    stored_at: String,
    /// `stored`, `queued`, `started`, `skipped`, `failed` or `ignored`.
    state: String,
    /// The job that it has started.
    job_id: Option<String>,
    /// How that job has ended.
    outcome: Option<String>,
    fired_by: Option<String>,
    /// Why it has started nothing.
    message: Option<String>,
}

impl ScheduleView {
    pub(super) fn of(schedule: &Schedule, of_settings: bool, trigger: TriggerView) -> Self {
        Self {
            name: schedule.name.clone(),
            definition: serde_json::to_value(&schedule.written).unwrap_or_default(),
            of_settings,
            since: trigger.since.map(clock::rfc3339),
            paused: trigger.is_paused,
            paused_by: trigger.paused_by,
            paused_at: trigger.paused_at.map(clock::rfc3339),
            next: trigger.next.into_iter().map(clock::rfc3339).collect(),
            fires: trigger.fires.into_iter().map(ScheduleFire::from).collect(),
        }
    }
}

impl From<FireView> for ScheduleFire {
    fn from(fire: FireView) -> Self {
        Self {
            id: fire.id,
            key: fire.key,
            at: clock::rfc3339(fire.at),
            stored_at: clock::rfc3339(fire.stored_at),
            state: fire.state.as_str().to_owned(),
            job_id: fire.started,
            outcome: fire.outcome,
            fired_by: fire.fired_by,
            message: fire.message,
        }
    }
}
