//! Calls below `/v1`.

pub(super) mod examples;
mod project_view;
mod projects;

use poem_openapi::Tags;

pub(super) use projects::ProjectsApi;

#[derive(Tags)]
enum Groups {
    /// Tasks that are made once, in order: projects, plans and runs.
    Pipelines,
}
