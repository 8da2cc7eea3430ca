//! Which calls there are, the role that each needs, and how it is recorded.

use super::v1::{PlansApi, ProjectApi, ProjectsApi, ResourcesApi, RunEventsApi, RunsApi, examples};
use crate::access::Role;
use crate::http::{Api, Routes};
use crate::systems::pipelines::pipelines::Pipelines;

type AllApis = (
    ProjectsApi,
    ProjectApi,
    ResourcesApi,
    PlansApi,
    RunsApi,
    RunEventsApi,
);

pub(crate) fn apis() -> Vec<Api> {
    vec![Api::v1::<AllApis>(examples::examples).with_roles(V1)]
}

/// The same calls, to be called.
pub(crate) fn routes(pipelines: &Pipelines) -> Routes {
    let pipelines = || pipelines.clone();
    Routes::of((
        ProjectsApi(pipelines()),
        ProjectApi(pipelines()),
        ResourcesApi(pipelines()),
        PlansApi(pipelines()),
        RunsApi(pipelines()),
        RunEventsApi(pipelines()),
    ))
}

const V1: &[(&str, Role)] = &[
    ("list_projects", Role::Viewer),
    ("get_project", Role::Viewer),
    ("upload_project", Role::Admin),
    ("remove_project", Role::Admin),
    ("list_versions", Role::Viewer),
    ("list_resources", Role::Viewer),
    ("plan_run", Role::Viewer),
    ("start_run", Role::Operator),
    ("list_runs", Role::Viewer),
    ("get_run", Role::Viewer),
    ("list_run_jobs", Role::Viewer),
    ("watch_run", Role::Viewer),
    ("cancel_run", Role::Operator),
    ("retry_run", Role::Operator),
];
