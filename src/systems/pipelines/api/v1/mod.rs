//! Calls below `/v1`.

mod bodies;
mod byte_range;
mod console;
mod console_body;
pub(super) mod console_examples;
mod console_feed;
mod console_lines;
mod console_search;
mod dates;
pub(super) mod examples;
pub(in crate::systems::pipelines) mod explanation;
mod figures;
mod graph_format;
mod graph_view;
mod graphs;
mod hooks;
mod plans;
mod project;
mod project_view;
mod projects;
mod resources;
mod run_events;
mod run_view;
mod runs;
pub(super) mod trigger_examples;
mod trigger_view;
mod triggers;
mod why;

use poem_openapi::Tags;

pub(super) use self::console::ConsoleApi;
pub(super) use self::console_lines::ConsoleLinesApi;
pub(super) use self::console_search::ConsoleSearchApi;
pub(super) use self::dates::DatesApi;
pub(in crate::systems::pipelines) use figures::{Figures, InstanceFigures};
pub(super) use graphs::GraphsApi;
pub(super) use hooks::HooksApi;
pub(super) use plans::PlansApi;
pub(super) use project::ProjectApi;
pub(super) use projects::ProjectsApi;
pub(super) use resources::ResourcesApi;
pub(super) use run_events::RunEventsApi;
pub(super) use runs::RunsApi;
pub(super) use triggers::TriggersApi;
pub(super) use why::WhyApi;

#[derive(Tags)]
enum Groups {
    /// Tasks that are made once, in order: projects, plans and runs.
    Pipelines,
}
