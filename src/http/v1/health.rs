//! Whether the program lives and can do its work. Open to all callers unless the settings close it: it
//! names what is away, and not where that is.

use std::future::Future;
use std::time::Duration;

use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use tracing::warn;

use super::Groups;
use crate::engine::seam::SystemError;
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::http::Services;
use crate::telemetry::chain;

/// A part that takes longer to answer is not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// The operations.
pub(crate) struct HealthApi(pub(crate) Services);

/// That everything is in order.
#[derive(Object)]
struct Health {
    /// `alive` or `ready`.
    status: String,
    /// What is wrong with parts that the program can do without for a while.
    #[oai(skip_serializing_if_is_none)]
    details: Option<Vec<Detail>>,
}

/// What is wrong with a part.
#[derive(Object)]
struct Detail {
    /// `broker` or `outputs`.
    part: String,
    /// A sentence for people.
    reason: String,
}

/// What is not in order.
#[derive(Object)]
struct NotReady {
    /// `not ready`.
    status: String,
    /// `database`, `outputs`, or `program` while it is stopping.
    part: String,
    /// A sentence for people.
    reason: String,
}

#[derive(ApiResponse)]
enum Readiness {
    /// Jobs can be taken and run.
    #[oai(status = 200)]
    Ready(Json<Health>),
    /// A part cannot be reached.
    #[oai(status = 503)]
    NotReady(Json<NotReady>),
}

#[OpenApi(tag = "Groups::Health")]
impl HealthApi {
    /// Whether the program runs
    ///
    /// It answers: nothing else is looked at.
    #[oai(path = "/livez", method = "get", operation_id = "livez")]
    async fn livez(&self) -> Json<Health> {
        Json(health("alive"))
    }

    /// Whether the program can do its work
    ///
    /// Looks whether the engine's database and an output can be reached. What is wrong with the
    /// broker, or with one of several outputs, is shown in `details`: tasks wait for it.
    #[oai(path = "/readyz", method = "get", operation_id = "readyz")]
    async fn readyz(&self) -> Readiness {
        if self.0.runtime.is_draining() {
            return not_ready("program", "the program is stopping".to_owned());
        }
        if let Some(reason) = within_patience(self.database()).await {
            return not_ready("database", reason);
        }
        let mut ready = health("ready");
        for part in self.0.parts.iter() {
            let Some(reason) = within_patience(part.check()).await else {
                continue;
            };
            if part.is_needed() {
                return not_ready(part.name(), reason);
            }
            let part = part.name().to_owned();
            let details = ready.details.get_or_insert_default();
            details.push(Detail { part, reason });
        }
        Readiness::Ready(Json(ready))
    }
}

impl HealthApi {
    async fn database(&self) -> Result<(), SystemError> {
        let store = &self.0.store;
        if let Some(reason) = store.health().trouble() {
            return Err(SystemError::of(DatabaseFails(reason)));
        }
        let pinged = store.ping().await;
        pinged.map_err(|error| {
            store.health().warn(&error, "not ready");
            SystemError::of(DatabaseAway(error))
        })
    }
}

/// What its calls have found out; the store has logged it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct DatabaseFails(String);

impl CallerError for DatabaseFails {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn is_logged(&self) -> bool {
        true
    }
}

#[derive(Debug, thiserror::Error)]
#[error("failed to reach the engine's database")]
struct DatabaseAway(#[source] StoreError);

impl CallerError for DatabaseAway {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn is_logged(&self) -> bool {
        true
    }
}

/// What is wrong, if anything is.
async fn within_patience(check: impl Future<Output = Result<(), SystemError>>) -> Option<String> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            if !error.is_logged() {
                warn!(error = chain(&error), "a part is away");
            }
            Some(error.public_message())
        }
        Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn not_ready(part: &str, reason: String) -> Readiness {
    Readiness::NotReady(Json(NotReady {
        status: "not ready".to_owned(),
        part: part.to_owned(),
        reason,
    }))
}

fn health(status: &str) -> Health {
    Health {
        status: status.to_owned(),
        details: None,
    }
}
