//! How much this process logs.

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use tracing::{Level, enabled, info};

use super::Groups;
use crate::http::body::{Body, JsonBody};
use crate::http::error::Failure;
use crate::telemetry::{self, LevelError};

/// The operations.
pub(crate) struct LogLevelApi;

/// What is logged.
#[derive(Object, Deserialize)]
pub(super) struct LoggedLevel {
    /// `off`, `error`, `warn`, `info`, `debug` or `trace`; or a filter by module, such as
    /// `info,audience::engine::runtime=debug`.
    #[oai(validator(min_length = 1))]
    level: String,
}

impl Body for LoggedLevel {}

#[OpenApi(tag = "Groups::Runtime")]
impl LogLevelApi {
    /// How much is logged
    ///
    /// By this process, now.
    #[oai(
        path = "/v1/runtime/log-level",
        method = "get",
        operation_id = "get_log_level"
    )]
    async fn get_log_level(&self) -> Json<LoggedLevel> {
        at_present()
    }

    /// Log more or less
    ///
    /// From now on and in this process only: other processes, and this one when it is started again, log
    /// what their setting `log.level` says.
    #[oai(
        path = "/v1/runtime/log-level",
        method = "put",
        operation_id = "set_log_level"
    )]
    async fn set_log_level(&self, body: JsonBody<LoggedLevel>) -> poem::Result<Json<LoggedLevel>> {
        let LoggedLevel { level } = body.value;
        // Once: before the change, unless only the new level has it.
        let is_logged_before = enabled!(Level::INFO);
        let record = || info!(filter = level, "what is logged is changed");
        let before = || {
            if is_logged_before {
                record();
            }
        };
        telemetry::set_level(&level, before).map_err(|error| match error {
            LevelError::NoLevel { problem } => Failure::invalid(format!("level: {problem}")),
            LevelError::NotLogging => Failure::conflict(error.to_string()),
        })?;
        if !is_logged_before {
            record();
        }
        Ok(at_present())
    }
}

fn at_present() -> Json<LoggedLevel> {
    Json(LoggedLevel {
        level: telemetry::level(),
    })
}
