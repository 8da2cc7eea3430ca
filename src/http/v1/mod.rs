//! The API for new callers.

mod actions;
mod artifacts;
mod cursor;
mod event_feed;
mod events;
mod examples;
mod follower;
mod health;
mod jobs;
mod log_level;
mod logs;
pub(crate) mod models;
mod new_job;
mod runtime;
pub(crate) mod views;
mod words;

use poem_openapi::Tags;

use crate::systems::dispatch::api::v1::workers::WorkersApi;
use crate::systems::labelling::api::v1::catalog::CatalogApi;
use crate::systems::labelling::api::v1::results::ResultsApi;

use super::Services;
use super::document::About;
use super::error::Surface;

pub(crate) use health::HealthApi;

/// All operations below `/v1`.
pub(crate) type Api = (
    jobs::JobsApi,
    actions::ActionsApi,
    events::EventsApi,
    logs::LogsApi,
    ResultsApi,
    artifacts::ArtifactsApi,
    CatalogApi,
    WorkersApi,
    log_level::LogLevelApi,
    runtime::RuntimeApi,
);

pub(crate) fn api(services: &Services) -> Api {
    (
        jobs::JobsApi(services.clone()),
        actions::ActionsApi(services.clone()),
        events::EventsApi(services.clone()),
        logs::LogsApi(services.clone()),
        ResultsApi(services.clone()),
        artifacts::ArtifactsApi(services.clone()),
        CatalogApi(services.clone()),
        WorkersApi(services.clone()),
        log_level::LogLevelApi,
        runtime::RuntimeApi(services.clone()),
    )
}

#[derive(Tags)]
pub(crate) enum Groups {
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
    /// For operators of the server.
    Health,
}

/// What the document says of itself.
pub(crate) fn about() -> About {
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
