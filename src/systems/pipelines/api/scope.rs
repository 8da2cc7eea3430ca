//! What a caller sees of projects, runs and their jobs.

use std::sync::Arc;

use entity::{JobId, pipeline_run};

use crate::http::Who;
use crate::http::error::Failure;
use crate::systems::pipelines::composing::QUEUE;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::project::shown_name;

/// Whether the caller sees what belongs to a project.
pub(super) fn sees_project(who: &Who, project: &str) -> bool {
    let scope = who.scope();
    scope.has_project(Some(project)) && sees_runs(who)
}

/// A project that is there and that the caller sees; of others nothing shows that they are there.
pub(super) fn project(
    pipelines: &Pipelines,
    who: &Who,
    name: &str,
) -> Result<Arc<KnownProject>, Failure> {
    let found = pipelines.projects.find(name);
    let seen = found.filter(|_| sees_project(who, name));
    seen.ok_or_else(|| Failure::not_found(format!("there is no project {}", shown_name(name))))
}

/// Whether the caller may see runs at all: those of its projects.
pub(super) fn sees_runs(who: &Who) -> bool {
    let scope = who.scope();
    scope.has_queue(QUEUE) && scope.has_service(None)
}

/// A run that is there and that the caller sees.
pub(super) async fn run(
    pipelines: &Pipelines,
    who: &Who,
    id: &str,
) -> Result<pipeline_run::Model, Failure> {
    let unknown = || Failure::not_found(format!("there is no run {}", shown_name(id)));
    let Ok(id) = id.parse::<JobId>() else {
        return Err(unknown());
    };
    let found = pipelines.store.run(id.as_str()).await?;
    let seen = found.filter(|run| sees_project(who, &run.project));
    seen.ok_or_else(unknown)
}

/// Whether the caller sees an instance of a run or a plan that it sees: one of another project has the
/// name of that in front.
pub(super) fn sees_instance(who: &Who, name: &str) -> bool {
    let task = name.split('(').next().unwrap_or_default();
    match task.split_once('/') {
        Some((project, _)) => sees_project(who, project),
        None => true,
    }
}
