//! Planning, and starting what was planned.

use std::collections::BTreeMap;

use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Groups;
use super::bodies::{PlanBody, RunBody};
use super::run_view::RunView;
use crate::http::Who;
use crate::http::body::{JsonBody, Word};
use crate::http::error::Failure;
use crate::http::submit::checked_key;
use crate::systems::pipelines::api::scope::{self, sees_instance};
use crate::systems::pipelines::api::words::{Actions, action};
use crate::systems::pipelines::composing::Origin;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::plan_view::{InstanceView, PlanView};

/// The operations.
pub(crate) struct PlansApi(pub Pipelines);

/// What a run would do.
#[derive(Object)]
struct PlanAnswer {
    /// Instances that were asked for, in the order of the request.
    targets: Vec<String>,
    /// How many instances there are of each action.
    counts: BTreeMap<String, u64>,
    /// What an instance needs stands before it.
    instances: Vec<PlannedInstance>,
}

/// A task with values.
#[derive(Object)]
struct PlannedInstance {
    /// With the significant parameters; that of another project begins with its name and `/`.
    id: String,
    task: String,
    /// All of its parameters.
    params: BTreeMap<String, String>,
    action: Option<Word<Actions>>,
    /// Such as `no data/report/2026-11-21.json`, `forced` or `stale`.
    reason: Option<String>,
    /// Ids of instances.
    needs: Vec<String>,
}

#[derive(ApiResponse)]
pub(super) enum Started {
    /// The run is stored with its plan and its jobs, which begin as soon as there are places.
    #[oai(status = 202)]
    Accepted(
        Json<RunView>,
        /// Where to look at the run.
        #[oai(header = "Location")]
        String,
    ),
}

impl Started {
    pub(super) fn of(run: RunView) -> Self {
        let location = format!("/v1/runs/{}", run.id);
        Self::Accepted(Json(run), location)
    }
}

#[OpenApi(tag = "Groups::Pipelines")]
impl PlansApi {
    /// Plan
    ///
    /// What would be made, and why. Nothing is stored.
    #[oai(
        path = "/v1/projects/:project/plan",
        method = "post",
        operation_id = "plan_run"
    )]
    async fn plan_run(
        &self,
        who: Who,
        project: Path<String>,
        body: JsonBody<PlanBody>,
    ) -> poem::Result<Json<PlanAnswer>> {
        let known = scope::project(&self.0, &who, &project)?;
        let plan = self.0.plan_apart(known, body.value.into_request()).await;
        let plan = plan.map_err(Failure::from)?;
        Ok(Json(PlanAnswer::of(plan, &who)))
    }

    /// Start a run
    ///
    /// It makes what is missing of its targets, and of what these need. What another run is making is
    /// waited for.
    #[oai(
        path = "/v1/projects/:project/runs",
        method = "post",
        operation_id = "start_run"
    )]
    async fn start_run(
        &self,
        who: Who,
        project: Path<String>,
        /// Up to 255 characters. The same key with the same body answers with the run that was started
        /// before; with another body it is refused.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        body: JsonBody<RunBody>,
    ) -> poem::Result<Started> {
        let key = key.0.map(checked_key).transpose()?;
        let known = scope::project(&self.0, &who, &project)?;
        let request = body.value.into_request();
        let origin = Origin {
            idempotency_key: key.map(|key| who.scope().stored_key(key)),
            started_by: Some(who.name().to_owned()),
            projects: who.scope().projects().map(<[String]>::to_vec),
            ..Origin::default()
        };
        let started = self.0.start_apart(known, request, origin).await;
        let run = started.map_err(Failure::from)?.run;
        Ok(Started::of(RunView::of(&self.0, run).await?))
    }
}

impl PlanAnswer {
    /// Without instances of projects that the caller does not see.
    fn of(plan: PlanView, who: &Who) -> Self {
        let seen = plan.instances.into_iter();
        let seen = seen.filter(|instance| sees_instance(who, &instance.id));
        let mut instances: Vec<PlannedInstance> = Vec::new();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for mut instance in seen {
            *counts.entry(instance.action.clone()).or_default() += 1;
            instance.needs.retain(|need| sees_instance(who, need));
            instances.push(instance.into());
        }
        Self {
            targets: plan.targets,
            counts,
            instances,
        }
    }
}

impl From<InstanceView> for PlannedInstance {
    fn from(view: InstanceView) -> Self {
        Self {
            action: action(&view.action).map(Word),
            id: view.id,
            task: view.task,
            params: view.params,
            reason: view.reason,
            needs: view.needs,
        }
    }
}
