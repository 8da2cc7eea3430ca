//! Which calls there are, the role that each needs, and how it is recorded.

use super::v1::ProjectsApi;
use super::v1::examples;
use crate::access::Role;
use crate::http::{Api, Routes};
use crate::systems::pipelines::pipelines::Pipelines;

pub(crate) fn apis() -> Vec<Api> {
    vec![Api::v1::<ProjectsApi>(examples::examples).with_roles(V1)]
}

/// The same calls, to be called.
pub(crate) fn routes(pipelines: &Pipelines) -> Routes {
    Routes::of(ProjectsApi(pipelines.clone()))
}

const V1: &[(&str, Role)] = &[
    ("list_projects", Role::Viewer),
    ("get_project", Role::Viewer),
];
