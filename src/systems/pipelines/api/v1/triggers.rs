//! Triggers of a project: which there are, when they fire, and firing them.

use poem::http::StatusCode;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Groups;
use super::trigger_view::{ProjectTrigger, TriggerFire};
use crate::engine::store::audit;
use crate::engine::triggers::{FireCall, FireView, Triggers};
use crate::http::Who;
use crate::http::body::{Body, JsonBody, optional_object};
use crate::http::error::Failure;
use crate::http::submit::checked_key;
use crate::systems::pipelines::api::scope;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::project::{Trigger, TriggerKind, shown_name};
use crate::systems::pipelines::triggers::{check_params, form_schema, id_of};

/// The operations.
pub(crate) struct TriggersApi {
    pub pipelines: Pipelines,
    pub triggers: Triggers,
}

/// The triggers of a project.
#[derive(Object)]
struct TriggerList {
    /// In the order of the project file.
    triggers: Vec<ProjectTrigger>,
}

/// What a trigger is fired with.
#[derive(Object, Deserialize)]
struct TriggerFireBody {
    /// Parameters of its tasks, by name; of a form those that it shows.
    #[serde(default, deserialize_with = "optional_object")]
    params: Option<Value>,
}

impl Body for TriggerFireBody {
    const REQUIRED: bool = false;
}

#[derive(ApiResponse)]
enum Fired {
    /// The fire is stored. Its run has been started, or waits for the end of an earlier one.
    #[oai(status = 202)]
    Accepted(Json<TriggerFire>),
}

#[OpenApi(tag = "Groups::Pipelines")]
impl TriggersApi {
    /// List the triggers of a project
    ///
    /// With the next times at which each fires, and what became of its last fires.
    #[oai(
        path = "/v1/projects/:project/triggers",
        method = "get",
        operation_id = "list_triggers"
    )]
    async fn list_triggers(
        &self,
        who: Who,
        project: Path<String>,
    ) -> poem::Result<Json<TriggerList>> {
        let known = scope::project(&self.pipelines, &who, &project)?;
        let mut triggers = Vec::with_capacity(known.project.triggers.len());
        for trigger in &known.project.triggers {
            triggers.push(self.view(&known, trigger).await?);
        }
        Ok(Json(TriggerList { triggers }))
    }

    /// Look at a trigger
    ///
    /// With the next five times at which it fires, and its last fifty fires.
    #[oai(
        path = "/v1/projects/:project/triggers/:trigger",
        method = "get",
        operation_id = "get_trigger"
    )]
    async fn get_trigger(
        &self,
        who: Who,
        project: Path<String>,
        trigger: Path<String>,
    ) -> poem::Result<Json<ProjectTrigger>> {
        let (known, trigger) = self.find(&who, &project, &trigger)?;
        Ok(Json(self.view(&known, &trigger).await?))
    }

    /// Get the form of a trigger
    ///
    /// A JSON Schema of the parameters that it can be fired with.
    #[oai(
        path = "/v1/projects/:project/triggers/:trigger/form",
        method = "get",
        operation_id = "get_trigger_form"
    )]
    async fn get_trigger_form(
        &self,
        who: Who,
        project: Path<String>,
        trigger: Path<String>,
    ) -> poem::Result<Json<Value>> {
        let (known, trigger) = self.find(&who, &project, &trigger)?;
        Ok(Json(form_schema(&known.project, &trigger)))
    }

    /// Fire a trigger
    ///
    /// As if its time had come, also while it is paused. A form that names tokens can be fired with these
    /// only.
    #[oai(
        path = "/v1/projects/:project/triggers/:trigger/fire",
        method = "post",
        operation_id = "fire_trigger"
    )]
    async fn fire_trigger(
        &self,
        who: Who,
        project: Path<String>,
        trigger: Path<String>,
        /// Up to 255 characters. The same key fires once.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        body: JsonBody<TriggerFireBody>,
    ) -> poem::Result<Fired> {
        let key = key.0.map(checked_key).transpose()?;
        let (known, trigger) = self.find(&who, &project, &trigger)?;
        if let TriggerKind::Form { allow, .. } = &trigger.kind
            && !allow.is_empty()
            && !allow.iter().any(|name| name == who.name())
        {
            let refused = "this form is for other tokens (`allow` of the trigger)";
            return Err(Failure::new(StatusCode::FORBIDDEN, refused).into());
        }
        let params = match body.value.params {
            Some(Value::Object(params)) => params,
            _ => Map::new(),
        };
        check_params(&known.project, &trigger, &params).map_err(Failure::invalid)?;
        let call = FireCall {
            trigger: id_of(&known.project.name, &trigger.name),
            key: key.map(|key| format!("call:{}", who.scope().stored_key(key))),
            params,
            fired_by: who.name().to_owned(),
            though_paused: true,
            again_if_failed: false,
        };
        let fire = self.triggers.fire(call).await.map_err(Failure::from)?;
        audit::about(&fire.id);
        Ok(Fired::Accepted(Json(self.fire_view(fire).await?)))
    }

    /// Pause a trigger
    ///
    /// It fires no more by itself. What would have fired while it is paused is not made up for.
    #[oai(
        path = "/v1/projects/:project/triggers/:trigger/pause",
        method = "post",
        operation_id = "pause_trigger"
    )]
    async fn pause_trigger(
        &self,
        who: Who,
        project: Path<String>,
        trigger: Path<String>,
    ) -> poem::Result<Json<ProjectTrigger>> {
        self.set_paused(&who, (&project, &trigger), true).await
    }

    /// Resume a trigger
    ///
    /// It fires again from now on.
    #[oai(
        path = "/v1/projects/:project/triggers/:trigger/resume",
        method = "post",
        operation_id = "resume_trigger"
    )]
    async fn resume_trigger(
        &self,
        who: Who,
        project: Path<String>,
        trigger: Path<String>,
    ) -> poem::Result<Json<ProjectTrigger>> {
        self.set_paused(&who, (&project, &trigger), false).await
    }
}

impl TriggersApi {
    fn find(
        &self,
        who: &Who,
        project: &str,
        trigger: &str,
    ) -> Result<(std::sync::Arc<KnownProject>, Trigger), Failure> {
        let known = scope::project(&self.pipelines, who, project)?;
        match known.project.trigger(trigger) {
            Some(found) => {
                let found = found.clone();
                Ok((known, found))
            }
            None => Err(Failure::not_found(format!(
                "project {project} has no trigger {}",
                shown_name(trigger)
            ))),
        }
    }

    async fn view(
        &self,
        known: &KnownProject,
        trigger: &Trigger,
    ) -> Result<ProjectTrigger, Failure> {
        let id = id_of(&known.project.name, &trigger.name);
        let view = self.triggers.view(&id).await.map_err(Failure::from)?;
        let started = view.fires.iter().filter_map(|fire| fire.started.clone());
        let started: Vec<String> = started.collect();
        let runs = self.pipelines.store.runs_of(&started).await;
        let runs = runs.map_err(Failure::from)?;
        Ok(ProjectTrigger::of(trigger, view, &runs))
    }

    async fn fire_view(&self, fire: FireView) -> Result<TriggerFire, Failure> {
        let started: Vec<String> = fire.started.iter().cloned().collect();
        let runs = self.pipelines.store.runs_of(&started).await;
        Ok(TriggerFire::of(fire, &runs.map_err(Failure::from)?))
    }

    async fn set_paused(
        &self,
        who: &Who,
        (project, trigger): (&str, &str),
        is_paused: bool,
    ) -> poem::Result<Json<ProjectTrigger>> {
        let (known, trigger) = self.find(who, project, trigger)?;
        let id = id_of(&known.project.name, &trigger.name);
        audit::about(&id);
        let by = Some(who.name().to_owned());
        let paused = self.triggers.pause(&id, is_paused, by).await;
        paused.map_err(Failure::from)?;
        Ok(Json(self.view(&known, &trigger).await?))
    }
}
