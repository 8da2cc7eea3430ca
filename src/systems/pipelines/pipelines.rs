//! What can be asked of pipelines: plans, runs, and what has become of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use entity::{JobId, pipeline_run};
use tokio::sync::Notify;

use super::commits::Commits;
use super::composing::{self, Origin};
use super::error::PipelineError;
use super::known_project::KnownProject;
use super::looking::Looker;
use super::planner_io::PlanningFor;
use super::planning::{Action, Plan};
use super::project::Project;
use super::projects::Projects;
use super::request::RunRequest;
use super::store::{PipelineStore, Started};
use super::uploads::Uploads;
use crate::engine::Flows;
use crate::engine::store::audit;
use crate::telemetry::metrics::metrics;

/// Another request may store a run with the same instances meanwhile; then it is planned again.
const TRIES: u32 = 5;

/// Runs of one project that have not ended.
const OPEN_RUNS_MAX: u64 = 1_000;

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct Pipelines {
    pub store: PipelineStore,
    pub projects: Arc<Projects>,
    pub looker: Looker,
    pub flows: Flows,
    pub uploads: Uploads,
    pub commits: Commits,
    /// Rung when a run at a commit has started or ended.
    pub status_changed: Arc<Notify>,
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
        known: &Arc<KnownProject>,
        request: &RunRequest,
    ) -> Result<Plan, PipelineError> {
        let known = self.pinned(known, request).await?;
        self.plan_of(&known, request).await
    }

    /// The project as the commit of a request has it.
    async fn pinned(
        &self,
        known: &Arc<KnownProject>,
        request: &RunRequest,
    ) -> Result<Arc<KnownProject>, PipelineError> {
        if known.project.source.is_none() {
            return match request.commit {
                Some(_) => Err(PipelineError::NoSource(known.project.name.clone())),
                None => Ok(Arc::clone(known)),
            };
        }
        match request.commit()? {
            Some(commit) => self.commits.at(known, &commit).await,
            None => self.commits.current(known).await,
        }
    }

    async fn plan_of(
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
        known: &Arc<KnownProject>,
        request: &RunRequest,
        origin: Origin,
    ) -> Result<StartedRun, PipelineError> {
        if let Some(known) = self
            .started_before(&known.project, request, &origin)
            .await?
        {
            return Ok(known);
        }
        let known = &*self.pinned(known, request).await?;
        let project = &known.project;
        if self.store.count_open_runs(&project.name).await? >= OPEN_RUNS_MAX {
            return Err(PipelineError::TooManyRuns {
                project: project.name.clone(),
                limit: OPEN_RUNS_MAX,
            });
        }
        self.store
            .keep_version(&project.name, &project.version, &known.text)
            .await?;
        let mut tries = 0;
        loop {
            tries += 1;
            let plan = self.plan_of(known, request).await?;
            if let Some(project) = origin.refused_project(&plan) {
                return Err(PipelineError::OtherProject(project));
            }
            let unfinished = self.shared(&plan).await?;
            let is_open = plan.counts.shared != unfinished.len();
            if is_open && tries < TRIES {
                // A job that was to be shared has ended since.
                continue;
            }
            let new = composing::compose(&plan, request, origin.clone(), &unfinished);
            let row = new.row.clone();
            audit::about(&row.id);
            match self.store.start_run(self.flows.runtime(), new).await? {
                Started::New => {
                    if row.status_due.is_some() {
                        self.status_changed.notify_one();
                    }
                    for (action, number) in plan.counts.by_action() {
                        let labels = [
                            ("project", project.name.as_str()),
                            ("action", action.as_str()),
                        ];
                        metrics().pipeline_instances.add(number as u64, &labels);
                    }
                    return Ok(StartedRun {
                        run: row,
                        plan: Some(plan),
                    });
                }
                Started::KeyIsKnown => {
                    let before = self.started_before(project, request, &origin).await?;
                    if let Some(before) = before {
                        return Ok(before);
                    }
                }
            }
        }
    }

    /// The run that was started with the same idempotency key.
    async fn started_before(
        &self,
        project: &Project,
        request: &RunRequest,
        origin: &Origin,
    ) -> Result<Option<StartedRun>, PipelineError> {
        let Some(key) = &origin.idempotency_key else {
            return Ok(None);
        };
        let Some(run) = self.store.run_by_key(key).await? else {
            return Ok(None);
        };
        match run.request_digest == composing::request_digest(project, request) {
            true => {
                audit::about(&run.id);
                Ok(Some(StartedRun { run, plan: None }))
            }
            false => Err(PipelineError::KeyReused),
        }
    }

    /// Makes what is left of a run that has ended: its request is planned again, with the project as it
    /// is now.
    pub(crate) async fn retry(
        &self,
        known: Arc<KnownProject>,
        run: &pipeline_run::Model,
        (started_by, projects): (Option<String>, Option<Vec<String>>),
    ) -> Result<StartedRun, PipelineError> {
        if !run.state.has_ended() {
            return Err(PipelineError::wrong_state(run, "an ended"));
        }
        let request = serde_json::from_str(&run.request).map_err(|_| PipelineError::NoTargets)?;
        let origin = Origin {
            started_by,
            projects,
            retry_of: Some(run.id.clone()),
            ..Origin::default()
        };
        self.start_apart(known, request, origin).await
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
        let jobs = self.store.cancel_run(&run.id).await?;
        self.flows.runtime().cancel_together(&jobs).await?;
        Ok(true)
    }
}
