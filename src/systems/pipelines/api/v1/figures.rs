//! What `/v1/jobs/{job_id}` shows of an instance besides what the engine knows of its job.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{JobId, JobState, StepState, job, step};
use poem_openapi::Object;
use poem_openapi::types::ToJSON;
use serde_json::Value;

use crate::engine::artifacts::AllArtifacts;
use crate::engine::seam::StepKind;
use crate::engine::store::{BatchKey, Store};
use crate::systems::pipelines::command::{
    Checkpoint, CommandParams, Phase, artifact_name, attempt_of,
};
use crate::systems::pipelines::joining::JoinKind;
use crate::systems::pipelines::outputs::ResolvedOutput;
use crate::systems::pipelines::planning::InstanceScope;
use crate::systems::pipelines::project::Project;
use crate::systems::pipelines::versions::Versions;

/// The only batch of a job.
const BATCH: BatchKey = BatchKey { step_no: 0, no: 0 };

/// Attempts and needs that an instance is shown with.
const SHOWN: usize = 100;

/// Of a pipeline's job: the instance that it makes.
#[derive(Object)]
pub(crate) struct InstanceFigures {
    /// The task with its values, e.g. `day_log(date=2026-11-21,kind=imp)`.
    instance: String,
    project: String,
    task: String,
    /// The values of all its parameters.
    params: BTreeMap<String, String>,
    /// The run that asked for it first.
    run: String,
    /// What it needs, as far as it was not made when it was planned: the first 100.
    needs: Vec<NeedFigures>,
    /// By which it shows that it is made. Null: its project is not among those of this process.
    outputs: Option<Vec<OutputFigures>>,
    /// The newest 100, newest first.
    attempts: Vec<AttemptFigures>,
}

/// An instance that has to be made first.
#[derive(Object)]
struct NeedFigures {
    instance: String,
    job: String,
    /// The state of that job.
    state: String,
    /// It is waited for, and need not succeed.
    optional: bool,
}

/// By which an instance shows that it is made.
#[derive(Object)]
struct OutputFigures {
    /// `path`, `glob`, `sql`, `http` or `marker`.
    form: String,
    /// The path, the pattern, the statement or the address.
    output: String,
}

/// An attempt of its commands, at its statement, or at the flow that it uses.
#[derive(Object)]
struct AttemptFigures {
    no: u32,
    /// `running`, `succeeded` or `failed`.
    state: String,
    /// The artifact with its log; null: it wrote nothing, or is writing now.
    log: Option<String>,
}

/// Where figures are looked up; clones share everything.
#[derive(Clone)]
pub(crate) struct Figures {
    pub store: Store,
    pub versions: Versions,
    pub files: AllArtifacts,
}

impl Figures {
    /// `None`: it cannot be read at the moment.
    pub(crate) async fn of(&self, job: &job::Model) -> Option<Value> {
        let steps = self.store.steps().of(&job.id).await.ok()?;
        let params = &steps.first()?.params;
        let params: CommandParams = serde_json::from_str(params).ok()?;
        let figures = InstanceFigures {
            needs: self.needs(&job.id).await?,
            outputs: self.outputs(&params).await,
            attempts: self.attempts(job, &steps).await?,
            instance: params.identity,
            project: params.project,
            task: params.task,
            params: params.values.into_iter().collect(),
            run: params.run,
        };
        figures.to_json()
    }

    async fn needs(&self, id: &JobId) -> Option<Vec<NeedFigures>> {
        let jobs = self.store.jobs();
        let mut found = Vec::new();
        for need in jobs.needs(id).await.ok()?.into_iter().take(SHOWN) {
            if let Some(needed) = jobs.find(&need.needs_id).await.ok()? {
                found.push(NeedFigures {
                    job: needed.id.to_string(),
                    instance: needed.title.unwrap_or_default(),
                    state: needed.state.as_str().to_owned(),
                    optional: need.soft,
                });
            }
        }
        Some(found)
    }

    async fn outputs(&self, params: &CommandParams) -> Option<Vec<OutputFigures>> {
        let found = self.versions.find(&params.project, &params.version).await;
        let (known, project) = found.ok()?;
        resolved(&project, &known.env, params).map(|outputs| {
            let outputs = outputs.iter();
            outputs.map(OutputFigures::of).collect()
        })
    }

    async fn attempts(
        &self,
        job: &job::Model,
        steps: &[step::Model],
    ) -> Option<Vec<AttemptFigures>> {
        let (last, has_begun) = match steps.first() {
            Some(first) if first.kind == JoinKind::NAME => attempts_at_flow(job, first),
            _ => {
                let batch = self.store.batches().find(&job.id, BATCH).await.ok()?;
                let checkpoint = batch.as_ref().map(Checkpoint::of).unwrap_or_default();
                let has_begun = matches!(checkpoint.phase, Phase::Begun | Phase::Publishing(_));
                (checkpoint.attempt, has_begun)
            }
        };
        let files = self.files.list(&job.id).await.ok()?;
        let logs: Vec<u32> = files
            .iter()
            .filter_map(|file| attempt_of(&file.name))
            .collect();
        let attempt = |no: u32| {
            let is_last = no == last;
            let state = match job.state {
                JobState::Succeeded if is_last => "succeeded",
                state if is_last && has_begun && !state.has_ended() => "running",
                _ => "failed",
            };
            AttemptFigures {
                no,
                state: state.to_owned(),
                log: logs.contains(&no).then(|| artifact_name(no)),
            }
        };
        let attempts = (1..=last).rev().take(SHOWN).map(attempt);
        Some(attempts.collect())
    }
}

/// How many attempts at its flow a job has begun, and whether the last one has not failed.
fn attempts_at_flow(job: &job::Model, first: &step::Model) -> (u32, bool) {
    let before = u32::try_from(job.generation).unwrap_or(0);
    match first.state {
        StepState::Pending => (before, false),
        _ => (before + 1, true),
    }
}

/// The outputs of an instance. `None`: the task is not in this version any more.
fn resolved(
    project: &Arc<Project>,
    env: &BTreeMap<String, String>,
    params: &CommandParams,
) -> Option<Vec<ResolvedOutput>> {
    let task = project.task(&params.task)?;
    let values = task.params.iter().map(|param| {
        let mut written = params.values.iter();
        let (_, text) = written.find(|(name, _)| *name == param.name)?;
        param.read(text).ok()
    });
    let values = values.collect::<Option<Vec<_>>>()?;
    let scope = InstanceScope::new(project, env, task, &values).ok()?;
    let names = task.params.iter().map(|param| param.name.clone());
    let named: Vec<_> = names.zip(values.iter().cloned()).collect();
    let outputs = task.outputs.iter();
    let outputs = outputs.map(|output| ResolvedOutput::fill(output, &scope, &named).ok());
    outputs.collect()
}

impl OutputFigures {
    fn of(output: &ResolvedOutput) -> Self {
        let form = match output {
            ResolvedOutput::Path { .. } => "path",
            ResolvedOutput::Glob { .. } => "glob",
            ResolvedOutput::Sql { .. } => "sql",
            ResolvedOutput::Http { .. } => "http",
            ResolvedOutput::Marker => "marker",
        };
        Self {
            form: form.to_owned(),
            output: output.label(),
        }
    }
}
