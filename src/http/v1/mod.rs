//! The API for new callers.

mod actions;
mod all_events;
pub(super) mod artifacts;
mod audit;
mod bulk;
mod check;
mod cursor;
pub(crate) mod event_feed;
mod events;
mod examples;
pub(crate) mod follower;
mod health;
mod jobs;
mod licences;
mod log_level;
mod logs;
pub(crate) mod models;
mod moment;
mod new_job;
mod permissions;
mod runtime;
mod saved_views;
mod schemas;
mod session;
mod settings;
mod sharing;
mod timeline;
pub(crate) mod views;
pub(crate) mod words;

use poem_openapi::{OpenApi, Tags};
use serde_json::Value;

use super::Services;
use super::document::About;
use super::error::Surface;
use super::interface::V1;
use super::operations::Api;
use crate::access::Role;
use crate::engine::JobFeed;
use crate::engine::audit::Recording;
use crate::engine::seam::FlowDescription;

pub use bulk::acts_on_jobs;
pub(crate) use event_feed::EventFeed;
pub(crate) use health::HealthApi;
pub(super) use session::SessionApi;
pub use settings::ShownSetting;

/// The operations on jobs.
type JobApis = (
    jobs::JobsApi,
    timeline::TimelineApi,
    actions::ActionsApi,
    events::EventsApi,
    all_events::AllEventsApi,
    logs::LogsApi,
    artifacts::ArtifactsApi,
    schemas::SchemasApi,
    check::CheckApi,
    saved_views::SavedViewsApi,
    bulk::BulkApi,
);

/// The operations on sessions and the process, with those that anybody may call.
type ProcessApis = (
    SessionApi,
    audit::AuditApi,
    log_level::LogLevelApi,
    runtime::RuntimeApi,
    sharing::SharingApi,
    settings::SettingsApi,
    licences::LicencesApi,
    HealthApi,
);

/// What comes before the operations of systems in the document.
pub(super) fn jobs_api() -> Api {
    Api::v1::<JobApis>(Value::default)
        .with_roles(&[
            ("submit_job", Role::Operator),
            ("list_jobs", Role::Viewer),
            ("get_job", Role::Viewer),
            ("get_job_timeline", Role::Viewer),
            ("remove_job", Role::Admin),
            ("cancel_job", Role::Operator),
            ("resume_job", Role::Operator),
            ("rerun_job", Role::Operator),
            ("retry_job", Role::Operator),
            ("watch_job", Role::Viewer),
            ("watch_jobs", Role::Viewer),
            ("get_job_logs", Role::Viewer),
            ("list_artifacts", Role::Viewer),
            ("get_artifact", Role::Viewer),
            ("list_schemas", Role::Viewer),
            ("get_schema", Role::Viewer),
            ("check_job", Role::Operator),
            ("check_bulk_action", Role::Operator),
            ("start_bulk_action", Role::Operator),
            ("list_views", Role::Viewer),
            ("put_view", Role::Viewer),
            ("remove_view", Role::Viewer),
        ])
        // They change nothing.
        .recorded(&[
            ("check_job", Recording::ByHour),
            ("check_bulk_action", Recording::ByHour),
        ])
}

/// What comes after them.
pub(super) fn process_api() -> Api {
    Api::v1::<ProcessApis>(Value::default)
        .with_roles(&[
            ("livez", Role::Viewer),
            ("readyz", Role::Viewer),
            ("get_session", Role::Viewer),
            ("end_sessions", Role::Viewer),
            ("get_runtime", Role::Viewer),
            ("get_shared_store", Role::Viewer),
            ("list_settings", Role::Admin),
            ("list_licences", Role::Viewer),
            ("get_log_level", Role::Viewer),
            ("set_log_level", Role::Admin),
            ("list_audit", Role::Admin),
        ])
        .showing_everything(&[
            "get_log_level",
            "set_log_level",
            "list_audit",
            "list_settings",
        ])
        .open_to_anybody(&["create_session"])
        .recorded(&[
            ("create_session", Recording::Each),
            ("end_sessions", Recording::Each),
            ("list_audit", Recording::ByHour),
        ])
}

/// The shell's own operations below `/v1`.
pub(super) fn api(services: &Services, session: SessionApi) -> impl OpenApi {
    let of_jobs = (
        jobs::JobsApi(services.clone()),
        timeline::TimelineApi(services.clone()),
        actions::ActionsApi(services.clone()),
        bulk::BulkApi(services.clone()),
        events::EventsApi(services.clone()),
        all_events::AllEventsApi::new(JobFeed::new(services.store.clone())),
        logs::LogsApi(services.clone()),
        artifacts::ArtifactsApi(services.clone()),
        schemas::SchemasApi(services.clone()),
        check::CheckApi(services.clone()),
        saved_views::SavedViewsApi(services.clone()),
    );
    let of_the_house = (
        session,
        audit::AuditApi(services.clone()),
        log_level::LogLevelApi,
        runtime::RuntimeApi(services.clone()),
        sharing::SharingApi(services.clone()),
        settings::SettingsApi(services.settings.clone()),
        licences::LicencesApi,
    );
    (of_jobs, of_the_house)
}

#[derive(Tags)]
pub(crate) enum Groups {
    /// One run of a flow each; a labelling request is the flow `label → publish`.
    Jobs,
    /// What jobs produced.
    Results,
    /// Signing in with a browser, and who calls.
    Session,
    /// Who did what.
    Audit,
    /// What the process is doing.
    Runtime,
    /// For operators of the server.
    Health,
}

/// What the document says of itself.
pub(crate) fn about(flows: &[FlowDescription]) -> About {
    About {
        name: V1,
        label: V1,
        help: "",
        title: "Audience",
        description: "Long jobs on social-media data. Errors are problem details (RFC 9457) with \
            their true status.",
        surface: Surface::Problems,
        spelled: str::to_owned,
        guarded: "/v1/",
        examples: examples::examples(flows),
    }
}
