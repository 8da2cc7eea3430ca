//! What a command is given of the instances that its own one needs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;

use super::CommandKind;
use super::work::Work;
use crate::engine::seam::StepError;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::outputs::{ResolvedOutput, paths_of};
use crate::systems::pipelines::planner_io::named;
use crate::systems::pipelines::planning::{
    Answer, Instance, InstanceScope, Options, Plan, PlanProject, Planner, Target,
};
use crate::systems::pipelines::project::{Body, Project};
use crate::systems::pipelines::store::InstanceKey;
use crate::systems::pipelines::values::ParamValue;

/// A variable of a process cannot be longer on Linux, its name included.
const RESULTS_MAX: usize = 120 << 10;

/// By the names of tasks; what is optional and not there has nothing.
#[derive(Default)]
pub(super) struct Needed {
    /// Paths.
    pub inputs: BTreeMap<String, Vec<String>>,
    /// What the flows of tasks that use one came to; JSON.
    pub results: BTreeMap<String, Vec<String>>,
}

impl Work {
    pub(super) async fn needed(&self, kind: &CommandKind) -> Result<Needed, StepError> {
        let mut needed = Needed::default();
        for requirement in &self.task().requires {
            needed.inputs.entry(requirement.task.clone()).or_default();
        }
        if needed.inputs.is_empty() {
            return Ok(needed);
        }
        let plan = self.plan_of_needs(kind).await?;
        let own = plan.targets.first();
        let own = own.map(|place| &plan.instances[*place as usize]);
        let needs = own.into_iter().flat_map(|own| &own.needs);
        for instance in needs.map(|need| &plan.instances[need.on as usize]) {
            let (project, task) = (plan.project(instance), plan.task(instance));
            if let Some(known) = self.known_of(kind, project) {
                let found = inputs_of(&plan, instance, &known)?;
                let inputs = needed.inputs.entry(task.name.clone()).or_default();
                inputs.extend(found);
            }
            if let Some(Body::Uses { .. }) = task.body {
                let found = result_of(kind, &project.name, &instance.identity).await?;
                let results = needed.results.entry(task.name.clone()).or_default();
                results.extend(found);
            }
        }
        for (task, results) in &needed.results {
            let bytes: usize = results.iter().map(|result| result.len() + 1).sum();
            if bytes > RESULTS_MAX {
                return Err(StepError::refused(format!(
                    "the results of {task} have {bytes} bytes; {RESULTS_MAX} is the limit of RESULT_{task}"
                )));
            }
        }
        Ok(needed)
    }

    fn known_of(&self, kind: &CommandKind, project: &Project) -> Option<Arc<KnownProject>> {
        match project.name == self.project.name {
            true => Some(Arc::clone(&self.known)),
            false => kind.versions.known(&project.name),
        }
    }

    /// A plan of this instance and of what it needs, as if all of that was made; what is optional is
    /// looked at.
    async fn plan_of_needs(&self, kind: &CommandKind) -> Result<Plan, StepError> {
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
                    && let Some(known) = self.known_of(kind, &question.project)
                {
                    let look = known.look_at(&question).map_err(StepError::refused)?;
                    missing = kind.looker.look_at(look).await?;
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

/// The paths of what an instance has made.
fn inputs_of(
    plan: &Plan,
    instance: &Instance,
    known: &KnownProject,
) -> Result<Vec<String>, StepError> {
    let task = plan.task(instance);
    let values: Vec<ParamValue> = plan.values(instance).cloned().collect();
    let scope = InstanceScope::new(plan.project(instance), &known.env, task, &values);
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
    Ok(found.collect())
}

/// What the flow of an instance came to, if it has succeeded.
async fn result_of(
    kind: &CommandKind,
    project: &str,
    identity: &str,
) -> Result<Option<String>, StepError> {
    let key = InstanceKey::of(project, identity);
    let mut markers = kind.store.markers(std::slice::from_ref(&key)).await?;
    Ok(markers
        .remove(key.as_str())
        .and_then(|marker| marker.result))
}
