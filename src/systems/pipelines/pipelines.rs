//! What can be asked of pipelines: plans, runs, and what has become of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use entity::{JobId, pipeline_run};

use super::composing::{self, Origin};
use super::error::PipelineError;
use super::looking::Looker;
use super::planner_io::PlanningFor;
use super::planning::{Action, Plan};
use super::projects::{KnownProject, Projects};
use super::request::RunRequest;
use super::store::{PipelineStore, Started};
use crate::engine::Flows;

/// Another request may store a run with the same instances meanwhile; then it is planned again.
const TRIES: u32 = 5;

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct Pipelines {
    pub store: PipelineStore,
    pub projects: Arc<Projects>,
    pub looker: Looker,
    pub flows: Flows,
}

/// A run that was stored.
pub(crate) struct StartedRun {
    pub run: pipeline_run::Model,
    /// `None`: it was stored before, under the same idempotency key.
    pub plan: Option<Plan>,
}

impl Pipelines {
    pub(crate) async fn plan(
        &self,
        known: &KnownProject,
        request: &RunRequest,
    ) -> Result<Plan, PipelineError> {
        let targets = request.targets(&known.project)?;
        let planning = PlanningFor {
            projects: &self.projects,
            looker: &self.looker,
            store: Some(&self.store),
        };
        planning.plan(known, &targets, request.options()).await
    }

    /// Plans and stores a run; its jobs begin as soon as there is a place.
    pub(crate) async fn start(
        &self,
        known: &KnownProject,
        request: &RunRequest,
        origin: Origin,
    ) -> Result<StartedRun, PipelineError> {
        let project = &known.project;
        self.store
            .keep_version(&project.name, &project.version, &known.text)
            .await?;
        let mut tries = 0;
        loop {
            tries += 1;
            let plan = self.plan(known, request).await?;
            let unfinished = self.shared(&plan).await?;
            let is_open = plan.counts.shared != unfinished.len();
            if is_open && tries < TRIES {
                // A job that was to be shared has ended since.
                continue;
            }
            let new = composing::compose(&plan, request, origin.clone(), &unfinished);
            let row = new.row.clone();
            match self.store.start_run(self.flows.runtime(), new).await? {
                Started::New => {
                    return Ok(StartedRun {
                        run: row,
                        plan: Some(plan),
                    });
                }
                Started::KeyIsKnown => {
                    let key = row.idempotency_key.as_deref().unwrap_or_default();
                    let Some(run) = self.store.run_by_key(key).await? else {
                        continue;
                    };
                    return match run.request_digest == row.request_digest {
                        true => Ok(StartedRun { run, plan: None }),
                        false => Err(PipelineError::KeyReused),
                    };
                }
            }
        }
    }

    /// The jobs of shared instances, by their keys.
    async fn shared(&self, plan: &Plan) -> Result<HashMap<String, JobId>, PipelineError> {
        let shared = plan
            .instances
            .iter()
            .filter(|one| one.action == Action::Shared);
        let keys: Vec<_> = shared
            .map(|instance| composing::key(plan, instance))
            .collect();
        match keys.is_empty() {
            true => Ok(HashMap::new()),
            false => Ok(self.store.unfinished(&keys).await?),
        }
    }

    pub(crate) async fn run(&self, id: &str) -> Result<pipeline_run::Model, PipelineError> {
        let found = self.store.run(id).await?;
        found.ok_or_else(|| PipelineError::UnknownRun(id.to_owned()))
    }

    /// How many instances there are by state of their jobs, or by action where nothing is done.
    pub(crate) async fn counts(
        &self,
        run: &pipeline_run::Model,
    ) -> Result<BTreeMap<String, u64>, PipelineError> {
        let stored = run
            .counts
            .as_deref()
            .and_then(|counts| serde_json::from_str(counts).ok());
        match stored {
            Some(counts) => Ok(counts),
            None => Ok(self.store.counts(&run.id).await?),
        }
    }

    /// Asks a run to end; jobs that other runs need go on. `false`: it has ended already.
    pub(crate) async fn cancel(&self, run: &pipeline_run::Model) -> Result<bool, PipelineError> {
        if run.state.has_ended() {
            return Ok(false);
        }
        for job in self.store.cancel_run(&run.id).await? {
            self.flows.runtime().cancel(&job).await?;
        }
        Ok(true)
    }
}
