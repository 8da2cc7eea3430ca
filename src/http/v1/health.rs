//! Whether the program lives and can do its work. Open to all callers, so it says little.

use std::future::Future;
use std::time::Duration;

use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use tracing::warn;

use super::Groups;
use crate::engine::CallerError;
use crate::http::Services;
use crate::systems::labelling::LabellingError;
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
}

/// What is not in order.
#[derive(Object)]
struct NotReady {
    /// `not ready`.
    status: String,
    /// `database` or `outputs`.
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
    #[oai(path = "/livez", method = "get", operation_id = "livez")]
    async fn livez(&self) -> Json<Health> {
        Json(health("alive"))
    }

    /// Whether the program can do its work
    ///
    /// Looks whether the engine's database and the outputs can be reached.
    #[oai(path = "/readyz", method = "get", operation_id = "readyz")]
    async fn readyz(&self) -> Readiness {
        let database = async { self.0.store.ping().await.map_err(LabellingError::Store) };
        let parts = [
            ("database", within_patience(database).await),
            ("outputs", within_patience(self.outputs()).await),
        ];
        for (part, trouble) in parts {
            if let Some(reason) = trouble {
                return Readiness::NotReady(Json(NotReady {
                    status: "not ready".to_owned(),
                    part: part.to_owned(),
                    reason,
                }));
            }
        }
        Readiness::Ready(Json(health("ready")))
    }
}

impl HealthApi {
    /// Reads and never writes: it must neither wait for a job that writes at the moment nor make
    /// a database where one is missing.
    async fn outputs(&self) -> Result<(), LabellingError> {
        self.0.labelling.newest_states(1).await.map(drop)
    }
}

/// What is wrong, if anything is.
async fn within_patience(
    check: impl Future<Output = Result<(), LabellingError>>,
) -> Option<String> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            warn!(error = chain(&error), "not ready");
            Some(match error {
                LabellingError::Store(_) => error.to_string(),
                _ => error.public_message(),
            })
        }
        Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn health(status: &str) -> Health {
    Health {
        status: status.to_owned(),
    }
}
