//! Calls about schedules.

use std::sync::Arc;

use chrono::Utc;
use entity::schedule;
use poem::http::StatusCode;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi, Tags};

use super::body::{FireBody, ScheduleBody};
use super::view::{ScheduleFire, ScheduleList, ScheduleView};
use crate::engine::Flows;
use crate::engine::triggers::{FireCall, TriggerError, Triggers};
use crate::http::Who;
use crate::http::body::JsonBody;
use crate::http::error::Failure;
use crate::http::submit::checked_key;
use crate::http::tagged::matches;
use crate::systems::schedules::book::Book;
use crate::systems::schedules::definition::Schedule;
use crate::systems::schedules::error::ScheduleError;
use crate::systems::schedules::source::trigger_id;
use crate::systems::schedules::starting;
use crate::systems::schedules::store::ScheduleStore;

/// The operations.
#[derive(Clone)]
pub(in crate::systems::schedules) struct ScheduleCalls {
    pub(in crate::systems::schedules) book: Book,
    pub(in crate::systems::schedules) store: ScheduleStore,
    pub(in crate::systems::schedules) flows: Flows,
    pub(in crate::systems::schedules) triggers: Triggers,
}

#[derive(Tags)]
pub(super) enum Groups {
    /// Flows that are started by a clock, a file, or the end of a job.
    Schedules,
}

#[derive(ApiResponse)]
enum Seen {
    /// The schedule with its next and its last fires. The `ETag` is that of its definition.
    #[oai(status = 200)]
    Now(Json<ScheduleView>, #[oai(header = "ETag")] String),
}

#[derive(ApiResponse)]
enum Stored {
    /// The schedule was there; it is as the body says from now on.
    #[oai(status = 200)]
    Replaced(Json<ScheduleView>, #[oai(header = "ETag")] String),
    /// The schedule is new.
    #[oai(status = 201)]
    Created(
        Json<ScheduleView>,
        #[oai(header = "ETag")] String,
        /// Where to look at the schedule.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Removed {
    /// The schedule is not there any more. What it has started stays.
    #[oai(status = 204)]
    Done,
}

#[derive(ApiResponse)]
enum Fired {
    /// The fire is stored, and what became of it.
    #[oai(status = 202)]
    Accepted(Json<ScheduleFire>),
}

#[OpenApi(tag = "Groups::Schedules")]
impl ScheduleCalls {
    /// List schedules
    ///
    /// With their next and their last fires.
    #[oai(
        path = "/v1/schedules",
        method = "get",
        operation_id = "list_schedules"
    )]
    async fn list_schedules(&self) -> poem::Result<Json<ScheduleList>> {
        let mut schedules = Vec::new();
        for schedule in self.book.all().values() {
            match self.view(schedule).await {
                Ok(view) => schedules.push(view),
                // It is being removed.
                Err(failure) if failure.status == StatusCode::NOT_FOUND => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(Json(ScheduleList { schedules }))
    }

    /// Look at a schedule
    ///
    /// When it fires next, and what became of its last fires.
    #[oai(
        path = "/v1/schedules/:name",
        method = "get",
        operation_id = "get_schedule"
    )]
    async fn get_schedule(&self, name: Path<String>) -> poem::Result<Seen> {
        let schedule = self.find(&name)?;
        let view = self.view(&schedule).await?;
        Ok(Seen::Now(Json(view), tag(&schedule)))
    }

    /// Put a schedule
    ///
    /// From now on it fires as the body says. One whose trigger is changed begins anew; `{last}` stays.
    #[oai(
        path = "/v1/schedules/:name",
        method = "put",
        operation_id = "put_schedule"
    )]
    async fn put_schedule(
        &self,
        who: Who,
        name: Path<String>,
        /// The `ETag` of the schedule that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: JsonBody<ScheduleBody>,
    ) -> poem::Result<Stored> {
        let name = name.0;
        let schedule = Schedule::read(&name, body.value.written());
        let schedule = schedule.map_err(|faults| {
            let faults = faults.into_iter().map(|fault| match fault.key.as_str() {
                "" => fault.problem,
                key => format!("{key}: {}", fault.problem),
            });
            failure(ScheduleError::Faulty(faults.collect::<Vec<_>>().join("; ")))
        })?;
        self.check_start(&schedule).await?;
        self.check_own(&name)?;
        self.book.look().await.map_err(Failure::from)?;
        let expected = self.expected(&name, if_match.as_deref())?;
        let is_new = self.book.find(&name).is_none();
        let definition = serde_json::to_string(&schedule.written);
        let row = schedule::Model {
            name: name.clone(),
            definition: definition.map_err(|_| Failure::internal())?,
            digest: schedule.version.clone(),
            changed_by: who.name().to_owned(),
            at: 0,
        };
        let is_stored = self.store.put(row, expected).await.map_err(Failure::from)?;
        if !is_stored {
            return Err(failure(ScheduleError::Changed(name)).into());
        }
        self.book.look().await.map_err(Failure::from)?;
        let view = self.armed(&schedule).await;
        let view = view.map_err(|failure| match failure.status {
            StatusCode::NOT_FOUND => self::failure(ScheduleError::Changed(name.clone())),
            _ => failure,
        })?;
        let tag = tag(&schedule);
        Ok(match is_new {
            true => Stored::Created(Json(view), tag, format!("/v1/schedules/{name}")),
            false => Stored::Replaced(Json(view), tag),
        })
    }

    /// Remove a schedule
    ///
    /// One that was put. What it has started stays.
    #[oai(
        path = "/v1/schedules/:name",
        method = "delete",
        operation_id = "remove_schedule"
    )]
    async fn remove_schedule(
        &self,
        name: Path<String>,
        /// The `ETag` of the schedule that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> poem::Result<Removed> {
        self.book.look().await.map_err(Failure::from)?;
        self.find(&name)?;
        self.check_own(&name)?;
        let expected = self.expected(&name, if_match.as_deref())?;
        let removed = self.store.remove(&name, expected).await;
        if !removed.map_err(Failure::from)? {
            return Err(failure(ScheduleError::Changed(name.0)).into());
        }
        self.book.look().await.map_err(Failure::from)?;
        Ok(Removed::Done)
    }

    /// Fire a schedule
    ///
    /// At once, also if it is paused.
    #[oai(
        path = "/v1/schedules/:name/fire",
        method = "post",
        operation_id = "fire_schedule"
    )]
    async fn fire_schedule(
        &self,
        who: Who,
        name: Path<String>,
        /// Up to 200 characters. The same key fires once.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 200))]
        key: Header<Option<String>>,
        body: JsonBody<FireBody>,
    ) -> poem::Result<Fired> {
        self.find(&name)?;
        let key = key.0.map(checked_key).transpose()?;
        let fire = self.triggers.fire(FireCall {
            trigger: trigger_id(&name),
            key: key.map(|key| format!("key:{key}")),
            params: body.value.params(),
            fired_by: who.name().to_owned(),
            though_paused: true,
            again_if_failed: false,
        });
        let fire = fire.await.map_err(ScheduleError::from).map_err(failure)?;
        Ok(Fired::Accepted(Json(fire.into())))
    }

    /// Pause a schedule
    ///
    /// It does not fire by itself any more, and what is due meanwhile never fires.
    #[oai(
        path = "/v1/schedules/:name/pause",
        method = "post",
        operation_id = "pause_schedule"
    )]
    async fn pause_schedule(
        &self,
        who: Who,
        name: Path<String>,
    ) -> poem::Result<Json<ScheduleView>> {
        Ok(Json(self.pause(&who, &name, true).await?))
    }

    /// Resume a schedule
    ///
    /// It fires again from now on.
    #[oai(
        path = "/v1/schedules/:name/resume",
        method = "post",
        operation_id = "resume_schedule"
    )]
    async fn resume_schedule(
        &self,
        who: Who,
        name: Path<String>,
    ) -> poem::Result<Json<ScheduleView>> {
        Ok(Json(self.pause(&who, &name, false).await?))
    }
}

impl ScheduleCalls {
    fn find(&self, name: &str) -> Result<Arc<Schedule>, Failure> {
        let found = self.book.find(name);
        found.ok_or_else(|| failure(ScheduleError::Unknown(name.to_owned())))
    }

    /// From the answer on nothing that is due is missed.
    async fn armed(&self, schedule: &Schedule) -> Result<ScheduleView, Failure> {
        let armed = self.triggers.arm(&trigger_id(&schedule.name)).await;
        armed.map_err(ScheduleError::from).map_err(failure)?;
        self.view(schedule).await
    }

    async fn view(&self, schedule: &Schedule) -> Result<ScheduleView, Failure> {
        let trigger = self.triggers.view(&trigger_id(&schedule.name)).await;
        let trigger = trigger.map_err(ScheduleError::from).map_err(failure)?;
        let of_settings = self.book.is_of_settings(&schedule.name);
        Ok(ScheduleView::of(schedule, of_settings, trigger))
    }

    async fn pause(&self, who: &Who, name: &str, is_paused: bool) -> Result<ScheduleView, Failure> {
        let schedule = self.find(name)?;
        let by = Some(who.name().to_owned());
        let paused = self.triggers.pause(&trigger_id(name), is_paused, by).await;
        paused.map_err(ScheduleError::from).map_err(failure)?;
        self.view(&schedule).await
    }

    /// One of the settings is not changed here.
    fn check_own(&self, name: &str) -> Result<(), Failure> {
        match self.book.is_of_settings(name) {
            true => Err(failure(ScheduleError::OfSettings(name.to_owned()))),
            false => Ok(()),
        }
    }

    /// There is such a flow, and it would take what the schedule starts.
    async fn check_start(&self, schedule: &Schedule) -> Result<(), Failure> {
        let now = Utc::now().timestamp_micros();
        match starting::refusal(&self.flows, schedule, now).await {
            None => Ok(()),
            Some(problem) => Err(failure(ScheduleError::Faulty(problem))),
        }
    }

    /// The version that has to be there when something is changed.
    fn expected(&self, name: &str, if_match: Option<&str>) -> Result<Option<String>, Failure> {
        let Some(tags) = if_match else {
            return Ok(None);
        };
        let found = self.book.find(name);
        match found.filter(|schedule| matches(tags, &tag(schedule))) {
            Some(schedule) => Ok(Some(schedule.version.clone())),
            None => Err(failure(ScheduleError::Changed(name.to_owned()))),
        }
    }
}

fn tag(schedule: &Schedule) -> String {
    format!("\"{}\"", schedule.version)
}

fn failure(error: ScheduleError) -> Failure {
    match error {
        ScheduleError::Changed(_) => {
            Failure::new(StatusCode::PRECONDITION_FAILED, error.to_string())
        }
        // It was removed meanwhile.
        ScheduleError::Trigger(TriggerError::Unknown(id)) => {
            let name = id.split_once('/').map_or("", |(_, name)| name);
            ScheduleError::Unknown(name.to_owned()).into()
        }
        error => error.into(),
    }
}
