//! One instance that is to be made: its task as its version has it, its values, its outputs.

use std::path::PathBuf;
use std::sync::Arc;

use super::CommandKind;
use super::environment::{AttemptNames, Environment};
use super::needed::Needed;
use super::params::CommandParams;
use crate::engine::seam::StepError;
use crate::systems::pipelines::executor::{self, CommandLimits, Commands};
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::looking::LookAt;
use crate::systems::pipelines::outputs::{ProjectDir, ResolvedOutput, Temporaries};
use crate::systems::pipelines::planner_io::named;
use crate::systems::pipelines::planning::InstanceScope;
use crate::systems::pipelines::project::{Body, Param, Project, Task};
use crate::systems::pipelines::store::InstanceKey;
use crate::systems::pipelines::values::ParamValue;
use crate::webhooks::CommitId;

pub(crate) struct Work {
    pub(super) params: CommandParams,
    /// The project as this process has it: its place, and what takes precedence over its `env`.
    pub(super) known: Arc<KnownProject>,
    /// The version that the instance was planned with.
    pub(super) project: Arc<Project>,
    task: usize,
    /// In the order of the task's parameters.
    values: Vec<ParamValue>,
    pub(super) outputs: Arc<Vec<ResolvedOutput>>,
}

impl Work {
    pub(crate) async fn open(
        kind: &CommandKind,
        params: &CommandParams,
    ) -> Result<Self, StepError> {
        let (known, project) = kind.versions.find(&params.project, &params.version).await?;
        let commit = params.commit.as_deref().and_then(CommitId::parse);
        let project = match (&commit, &known.project.source) {
            (Some(commit), Some(source)) => {
                Arc::new(Project::clone(&project).at_commit(commit, source))
            }
            _ => project,
        };
        let task = project
            .tasks
            .iter()
            .position(|task| task.name == params.task);
        let task = task.ok_or_else(|| {
            StepError::refused(format!(
                "project {} has no task {}",
                params.project, params.task
            ))
        })?;
        let values = values(&project.tasks[task], &params.values)?;
        let mut work = Self {
            params: params.clone(),
            known,
            project,
            task,
            values,
            outputs: Arc::default(),
        };
        let outputs = work.resolve().map_err(StepError::refused)?;
        work.outputs = Arc::new(outputs);
        Ok(work)
    }

    pub(crate) fn task(&self) -> &Task {
        &self.project.tasks[self.task]
    }

    pub(super) fn directory(&self) -> Arc<ProjectDir> {
        Arc::clone(&self.known.directory)
    }

    pub(crate) fn scope(&self) -> Result<InstanceScope<'_>, String> {
        InstanceScope::new(&self.project, &self.known.env, self.task(), &self.values)
    }

    fn resolve(&self) -> Result<Vec<ResolvedOutput>, String> {
        let scope = self.scope()?;
        let params = named(self.task(), &self.values);
        let outputs = self.task().outputs.iter();
        outputs
            .map(|output| ResolvedOutput::fill(output, &scope, &params))
            .collect()
    }

    pub(super) fn params_by_name(&self) -> Vec<(String, ParamValue)> {
        named(self.task(), &self.values)
    }

    /// The first output that is not there, as people read it.
    pub(crate) async fn missing(&self, kind: &CommandKind) -> Result<Option<String>, StepError> {
        if let Some(missing) = self.missing_output(kind).await? {
            return Ok(Some(missing));
        }
        if self.outputs.contains(&ResolvedOutput::Marker) {
            let key = InstanceKey::of(&self.params.project, &self.params.identity);
            let markers = kind.store.markers(std::slice::from_ref(&key)).await?;
            if !markers.contains_key(key.as_str()) {
                return Ok(Some("earlier success".to_owned()));
            }
        }
        Ok(None)
    }

    /// The same without the marker of an earlier success.
    pub(crate) async fn missing_output(
        &self,
        kind: &CommandKind,
    ) -> Result<Option<String>, StepError> {
        let look = LookAt {
            directory: self.directory(),
            outputs: self.outputs.to_vec(),
        };
        kind.looker.look_at(look).await
    }

    /// What the executor is given for an attempt.
    pub(super) async fn attempt(
        &self,
        kind: &CommandKind,
        (job, number): (&str, u32),
        temporaries: &Temporaries,
    ) -> Result<executor::Attempt, StepError> {
        let task = self.task();
        let mut scope = self.scope().map_err(StepError::refused)?;
        let mut environment = Environment::begin(
            kind.server_env.iter().cloned(),
            self.project.timezone.name(),
        );
        for (name, text) in scope.texts() {
            environment.set(name, text);
        }
        for (name, value) in self.params_by_name() {
            environment.set(name, value.to_string());
        }
        let mut secrets = Vec::new();
        for name in &task.secrets {
            let value = kind.secrets.get(name).ok_or_else(|| {
                StepError::refused(format!("secret {name} has no value on this server"))
            })?;
            environment.set(name, value);
            secrets.push(value.to_owned());
        }
        for (name, path) in &temporaries.variables {
            let path = path.to_string_lossy().into_owned();
            scope.set(name, path.clone());
            environment.set(name, path);
        }
        let Needed { inputs, results } = self.needed(kind).await?;
        for (task, inputs) in inputs {
            let joined = inputs.join("\n");
            scope.set(format!("IN_{task}"), joined);
            environment.set_inputs(&task, &inputs);
        }
        for (task, results) in results {
            environment.set(format!("RESULT_{task}"), results.join("\n"));
        }
        environment.set_attempt(AttemptNames {
            project: &self.params.project,
            run: &self.params.run,
            job,
            attempt: number,
            commit: self.params.commit.as_deref(),
        });
        let cwd = task.cwd.fill(&scope).map_err(StepError::refused)?;
        let id = format!("{job}.{number}");
        let log = kind.logs.make_room(&id)?;
        let milliseconds =
            |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Ok(executor::Attempt {
            commands: self.commands(&scope)?,
            env: environment.into_variables(),
            cwd: self.files(kind).await?.join(cwd),
            log,
            log_max: kind.log_max,
            secrets,
            timeout_ms: task.timeout.map(milliseconds),
            grace_ms: milliseconds(task.grace),
            limits: CommandLimits {
                memory: task.limits.memory,
                open_files: task.limits.open_files,
            },
            marker: marker(job, number),
            id,
        })
    }

    /// Where commands run: in the files of the commit, or else in the directory of the project.
    async fn files(&self, kind: &CommandKind) -> Result<PathBuf, StepError> {
        let Some(commit) = self.params.commit.as_deref() else {
            return Ok(self.known.directory.root().to_owned());
        };
        let project = &self.params.project;
        let (Some(commit), Some(source)) = (CommitId::parse(commit), &self.known.project.source)
        else {
            let sentence = format!("project {project} does not come from git on this server");
            return Err(StepError::not_here(sentence));
        };
        let found = kind.commits.directory(source, &commit).await;
        found.map_err(|error| match error.is_transient() {
            true => StepError::outage("the repository", error.to_string()).caused_by(error),
            false => StepError::refused(&error),
        })
    }

    fn commands(&self, scope: &InstanceScope<'_>) -> Result<Commands, StepError> {
        match &self.task().body {
            Some(Body::Run(scripts)) => Ok(Commands::Scripts {
                shell: self.task().shell.clone(),
                scripts: scripts.clone(),
            }),
            Some(Body::Exec(words)) => {
                let words: Result<Vec<String>, String> =
                    words.iter().map(|word| word.fill(scope)).collect();
                Ok(Commands::Exec(words.map_err(StepError::refused)?))
            }
            Some(Body::Sql { .. } | Body::Uses { .. }) | None => {
                Err(StepError::refused("this task has no command"))
            }
        }
    }
}

/// Variables that together no other attempt has: its processes are found by them.
pub(super) fn marker(job: &str, attempt: u32) -> Vec<(String, String)> {
    vec![
        ("AUDIENCE_JOB".to_owned(), job.to_owned()),
        ("AUDIENCE_ATTEMPT".to_owned(), attempt.to_string()),
    ]
}

fn values(task: &Task, written: &[(String, String)]) -> Result<Vec<ParamValue>, StepError> {
    let value = |param: &Param| {
        let found = written.iter().find(|(name, _)| *name == param.name);
        let (_, text) = found.ok_or_else(|| {
            StepError::refused(format!(
                "parameter {} of {} has no value",
                param.name, task.name
            ))
        })?;
        let value = param.read(text);
        value.map_err(|problem| StepError::refused(format!("parameter {}: {problem}", param.name)))
    };
    task.params.iter().map(value).collect()
}
