//! Gives the triggers of all projects to the engine's service, and starts the runs of their fires.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use entity::{RunState, pipeline_run};
use tokio::sync::watch;

use super::{filling, kinds};
use crate::engine::CallerError;
use crate::engine::seam::{
    EndedJob, Fire, FireEnd, FireError, StartedFire, Trigger, TriggerSource,
};
use crate::engine::store::StoreError;
use crate::systems::pipelines::composing::Origin;
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::project::{self, TriggerKind};
use crate::webhooks::CommitId;

/// The source.
pub(crate) struct ProjectTriggers(pub Pipelines);

impl ProjectTriggers {
    /// The project and the trigger of an id without the name of the source.
    fn find(&self, name: &str) -> Option<(Arc<KnownProject>, project::Trigger)> {
        let (project, trigger) = name.split_once('/')?;
        let known = self.0.projects.find(project)?;
        let trigger = known.project.trigger(trigger)?.clone();
        Some((known, trigger))
    }

    async fn start_run(&self, fire: &Fire) -> Result<StartedFire, PipelineError> {
        let key = fire.idempotency_key();
        // What was started is found even if the file says something else by now.
        if let Some(run) = self.0.store.run_by_key(&key).await? {
            return Ok(StartedFire::Started(run.id));
        }
        let Some((known, trigger)) = self.find(fire.name()) else {
            let gone = "the trigger does not stand in the project file any more";
            return Ok(StartedFire::Ignored(gone.to_owned()));
        };
        let commit = filling::commit_of(&known, &trigger, &fire.params);
        let (known, trigger) = match commit.and_then(CommitId::parse) {
            None => (known, trigger),
            // What a push runs stands in the file of its commit, with the tasks.
            Some(commit) => {
                let known = self.0.commits.at(&known, &commit).await?;
                let Some(trigger) = known.project.trigger(&trigger.name).cloned() else {
                    let gone = format!("the project file of {commit} has no such trigger");
                    return Ok(StartedFire::Ignored(gone));
                };
                (known, trigger)
            }
        };
        let request = filling::request(&known, &trigger, fire.at, &fire.params);
        let request = request.map_err(|problem| PipelineError::Values {
            instance: trigger.name.clone(),
            problem,
        })?;
        let origin = Origin {
            idempotency_key: Some(key),
            trigger: Some(trigger.name),
            started_by: fire.fired_by.clone(),
            ..Origin::default()
        };
        let started = self.0.start_apart(known, request, origin).await?;
        Ok(StartedFire::Started(started.run.id))
    }
}

#[async_trait]
impl TriggerSource for ProjectTriggers {
    fn name(&self) -> &'static str {
        kinds::SOURCE
    }

    fn triggers(&self) -> Vec<Trigger> {
        let projects = self.0.projects.all();
        projects
            .iter()
            .flat_map(|known| kinds::of_project(known))
            .collect()
    }

    fn trigger(&self, id: &str) -> Option<Trigger> {
        let (_, name) = id.split_once('/')?;
        let (known, trigger) = self.find(name)?;
        kinds::trigger(&known, &trigger)
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.0.projects.changes()
    }

    async fn start(&self, fire: &Fire) -> Result<StartedFire, FireError> {
        self.start_run(fire).await.map_err(|error| match error {
            PipelineError::Store(_)
            | PipelineError::Look(_)
            | PipelineError::TooManyRuns { .. } => FireError::Later(error.public_message()),
            PipelineError::Git(error) if error.is_transient() => {
                FireError::Later(error.to_string())
            }
            error => FireError::Final(error.public_message()),
        })
    }

    async fn ended(&self, started: &[String]) -> Result<HashMap<String, FireEnd>, StoreError> {
        let mut known: HashMap<String, pipeline_run::Model> = HashMap::new();
        for run in self.0.store.runs_of(started).await? {
            known.insert(run.id.clone(), run);
        }
        let ended = started.iter().filter_map(|id| {
            let outcome = match known.get(id).map(|run| run.state) {
                Some(RunState::Queued | RunState::Running) => return None,
                Some(RunState::Succeeded) => "succeeded",
                Some(RunState::Cancelled) => "cancelled",
                // Of a run that was dropped nothing is known.
                Some(RunState::Failed) | None => "failed",
            };
            let end = FireEnd {
                outcome,
                keep: None,
            };
            Some((id.clone(), end))
        });
        Ok(ended.collect())
    }

    async fn cancel(&self, started: &str) -> Result<(), StoreError> {
        let Some(run) = self.0.store.run(started).await? else {
            return Ok(());
        };
        match self.0.cancel(&run).await {
            Err(PipelineError::Store(error)) => Err(error),
            _ => Ok(()),
        }
    }

    async fn ended_jobs(
        &self,
        trigger: &str,
        since: i64,
        limit: u64,
    ) -> Result<Vec<EndedJob>, StoreError> {
        let name = trigger.split_once('/').map_or("", |(_, name)| name);
        let Some((_, trigger)) = self.find(name) else {
            return Ok(Vec::new());
        };
        let TriggerKind::After {
            project,
            task,
            state,
        } = &trigger.kind
        else {
            return Ok(Vec::new());
        };
        let store = &self.0.store;
        store.ended_jobs(project, task, *state, since, limit).await
    }
}
