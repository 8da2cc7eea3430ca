//! The API for new callers.

mod actions;
mod catalog;
mod dispatch;
mod dispatch_bodies;
mod event_feed;
mod events;
mod examples;
mod health;
mod jobs;
mod log_level;
mod logs;
mod models;
mod new_job;
mod results;
mod runtime;
mod views;

use poem_openapi::Tags;

use super::Services;
use super::document::About;
use super::error::Surface;

pub(super) use health::HealthApi;

/// All operations below `/v1`.
pub(super) type Api = (
    jobs::JobsApi,
    actions::ActionsApi,
    events::EventsApi,
    logs::LogsApi,
    results::ResultsApi,
    catalog::CatalogApi,
    dispatch::WorkersApi,
    log_level::LogLevelApi,
    runtime::RuntimeApi,
);

pub(super) fn api(services: &Services) -> Api {
    (
        jobs::JobsApi(services.clone()),
        actions::ActionsApi(services.clone()),
        events::EventsApi(services.clone()),
        logs::LogsApi(services.clone()),
        results::ResultsApi(services.clone()),
        catalog::CatalogApi(services.clone()),
        dispatch::WorkersApi(services.clone()),
        log_level::LogLevelApi,
        runtime::RuntimeApi(services.clone()),
    )
}

#[derive(Tags)]
enum Groups {
    /// One run of a flow each; a labelling request is the flow `label → publish`.
    Jobs,
    /// What jobs produced.
    Results,
    /// What requests may refer to.
    Catalog,
    /// For workers that fetch their tasks over HTTP.
    Dispatch,
    /// What the process is doing.
    Runtime,
    /// For whoever keeps the server running.
    Health,
}

/// What the document says of itself.
pub(super) fn about() -> About {
    About {
        title: "Audience",
        description: "Long jobs on social-media data. Errors are problem details (RFC 9457) with \
            their true status.",
        surface: Surface::Problems,
        spelled: str::to_owned,
        guarded: "/v1/",
        examples: examples::examples(),
    }
}
