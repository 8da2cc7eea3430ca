//! What a caller sees of projects, runs and their jobs.

use std::sync::Arc;

use crate::http::Who;
use crate::http::error::Failure;
use crate::systems::pipelines::composing::QUEUE;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::projects::KnownProject;

/// Whether the caller sees what belongs to a project.
pub(super) fn sees_project(who: &Who, project: &str) -> bool {
    let scope = who.scope();
    scope.has_project(Some(project)) && scope.has_queue(QUEUE) && scope.has_service(None)
}

/// A project that is there and that the caller sees; of others nothing shows that they are there.
pub(super) fn project(
    pipelines: &Pipelines,
    who: &Who,
    name: &str,
) -> Result<Arc<KnownProject>, Failure> {
    let found = pipelines.projects.find(name);
    let seen = found.filter(|_| sees_project(who, name));
    seen.ok_or_else(|| Failure::not_found(format!("there is no project {name}")))
}
