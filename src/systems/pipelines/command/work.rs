//! One instance that is to be made: its task as its version has it, its values, its outputs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;

use super::CommandKind;
use super::environment::{AttemptNames, Environment};
use super::params::CommandParams;
use crate::engine::seam::StepError;
use crate::systems::pipelines::executor::{self, CommandLimits, Commands};
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::looking::LookAt;
use crate::systems::pipelines::outputs::{ProjectDir, ResolvedOutput, Temporaries, paths_of};
use crate::systems::pipelines::planner_io::named;
use crate::systems::pipelines::planning::{
    Answer, InstanceScope, Options, Plan, PlanProject, Planner, Target,
};
use crate::systems::pipelines::project::{Body, Param, Project, Task};
use crate::systems::pipelines::store::InstanceKey;
use crate::systems::pipelines::values::ParamValue;
use crate::webhooks::CommitId;

pub(super) struct Work {
    pub(super) params: CommandParams,
    /// The project as this process has it: its place, and what takes precedence over its `env`.
    known: Arc<KnownProject>,
    /// The version that the instance was planned with.
    project: Arc<Project>,
    task: usize,
    /// In the order of the task's parameters.
    values: Vec<ParamValue>,
    pub(super) outputs: Arc<Vec<ResolvedOutput>>,
}

impl Work {
    pub(super) async fn open(
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

    pub(super) fn task(&self) -> &Task {
        &self.project.tasks[self.task]
    }

    pub(super) fn directory(&self) -> Arc<ProjectDir> {
        Arc::clone(&self.known.directory)
    }

    fn scope(&self) -> Result<InstanceScope<'_>, String> {
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
    pub(super) async fn missing(&self, kind: &CommandKind) -> Result<Option<String>, StepError> {
        let look = LookAt {
            directory: self.directory(),
            outputs: self.outputs.to_vec(),
        };
        if let Some(missing) = kind.looker.look_at(look).await? {
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
        for (task, inputs) in self.inputs(kind).await? {
            let joined = inputs.join("\n");
            scope.set(format!("IN_{task}"), joined);
            environment.set_inputs(&task, &inputs);
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

    /// The paths of what the task needs, by its names there.
    async fn inputs(&self, kind: &CommandKind) -> Result<BTreeMap<String, Vec<String>>, StepError> {
        let mut inputs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for requirement in &self.task().requires {
            inputs.entry(requirement.task.clone()).or_default();
        }
        if inputs.is_empty() {
            return Ok(inputs);
        }
        let plan = self.needs(kind).await?;
        let of_self = plan
            .targets
            .first()
            .map(|place| &plan.instances[*place as usize]);
        for need in of_self.into_iter().flat_map(|own| &own.needs) {
            let needed = &plan.instances[need.on as usize];
            let (project, task) = (plan.project(needed), plan.task(needed));
            let of_other = match project.name == self.project.name {
                true => Some(Arc::clone(&self.known)),
                false => kind.versions.known(&project.name),
            };
            let Some(known) = of_other else { continue };
            let values: Vec<ParamValue> = plan.values(needed).cloned().collect();
            let scope = InstanceScope::new(project, &known.env, task, &values);
            let scope = scope.map_err(StepError::refused)?;
            let params = named(task, &values);
            let outputs = task.outputs.iter();
            let outputs = outputs.map(|output| ResolvedOutput::fill(output, &scope, &params));
            let outputs: Result<Vec<_>, String> = outputs.collect();
            let outputs = outputs.map_err(StepError::refused)?;
            let found = paths_of(&known.directory, &outputs)?;
            let found = found
                .iter()
                .map(|path: &PathBuf| path.to_string_lossy().into_owned());
            inputs.entry(task.name.clone()).or_default().extend(found);
        }
        Ok(inputs)
    }

    /// A plan of this instance and of what it needs, as if all of that was made; what is optional is
    /// looked at.
    async fn needs(&self, kind: &CommandKind) -> Result<Plan, StepError> {
        let own = PlanProject {
            project: Arc::clone(&self.project),
            env: self.known.env.clone(),
        };
        let find = |name: &str| kind.versions.known(name).map(|known| known.planned());
        let params = self.params_by_name().into_iter();
        let target = Target {
            task: self.task().name.clone(),
            params: params.map(|(name, value)| (name, vec![value])).collect(),
        };
        let options = Options {
            force: true,
            ..Options::default()
        };
        let failed = |error| StepError::refused(error);
        let mut planner =
            Planner::new(own, &find, &[target], options, Utc::now()).map_err(failed)?;
        let optional: Vec<&str> = {
            let requires = self.task().requires.iter();
            requires
                .filter(|one| one.optional)
                .map(|one| one.task.as_str())
                .collect()
        };
        loop {
            let questions = planner.questions().map_err(failed)?;
            if questions.is_empty() {
                return planner.finish().map_err(failed);
            }
            let mut answers = Vec::with_capacity(questions.len());
            for question in questions {
                let task = &question.project.tasks[question.task];
                let mut missing = None;
                if optional.contains(&task.name.as_str())
                    && *question.identity != *self.params.identity
                {
                    let known = match question.project.name == self.project.name {
                        true => Some(Arc::clone(&self.known)),
                        false => kind.versions.known(&question.project.name),
                    };
                    if let Some(known) = known {
                        let look = known.look_at(&question).map_err(StepError::refused)?;
                        missing = kind.looker.look_at(look).await?;
                    }
                }
                answers.push(Answer {
                    id: question.id,
                    missing,
                    is_unfinished: false,
                    fingerprint: None,
                });
            }
            planner.answer(answers).map_err(failed)?;
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
