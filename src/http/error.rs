//! The one place where an error becomes a status and a sentence for the caller.
//!
//! What went wrong in full is logged here, once; the caller never sees SQL, paths of the host
//! or secrets.

use poem::error::{MethodNotAllowedError, NotFoundError, ResponseError};
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::error::{ParseParamError, ParsePathError};
use serde_json::{Value, json};
use tracing::{error, warn};

use crate::engine::store::StoreError;
use crate::systems::dispatch::DispatchError;
use crate::systems::labelling::LabellingError;
use crate::telemetry::chain;

/// After how many seconds a caller may try again.
const RETRY_AFTER_S: u32 = 5;

/// Why a call was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Failure {
    pub status: StatusCode,
    pub detail: String,
    pub retry_after_s: Option<u32>,
}

/// Whose form an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// RFC 9457 problem details.
    Problems,
    /// `{"error_code", "error_message"}`, which the callers of `/api/tasks` know.
    Codes,
    /// `{"result": "exception", "message"}`, which callers and workers of tasks for outside
    /// workers know.
    Results,
}

impl Failure {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after_s: None,
        }
    }

    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// For what only the log may tell.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something went wrong on the server",
        )
    }

    fn retry_later(mut self) -> Self {
        self.retry_after_s = Some(RETRY_AFTER_S);
        self
    }
}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let status = store_status(&error);
        log(status, &error);
        answer(status, error.to_string())
    }
}

impl From<LabellingError> for Failure {
    fn from(error: LabellingError) -> Self {
        if let LabellingError::Store(error) = error {
            return error.into();
        }
        let status = labelling_status(&error);
        log(status, &error);
        answer(status, error.public_message())
    }
}

impl From<DispatchError> for Failure {
    fn from(error: DispatchError) -> Self {
        let status = match error {
            DispatchError::Store(error) => return error.into(),
            DispatchError::UnknownService { .. } => StatusCode::BAD_REQUEST,
            DispatchError::Condition { reason } => return Self::invalid(reason),
            DispatchError::UnknownTask { .. } | DispatchError::UnknownLetter { .. } => {
                StatusCode::NOT_FOUND
            }
            DispatchError::NotNow { .. } | DispatchError::Refused { .. } => StatusCode::CONFLICT,
            DispatchError::Flow(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        log(status, &error);
        answer(status, error.to_string())
    }
}

/// What poem raised, be it a [`Failure`] of ours or one of its own errors.
impl From<poem::Error> for Failure {
    fn from(error: poem::Error) -> Self {
        if let Some(failure) = error.downcast_ref::<Self>() {
            return failure.clone();
        }
        if error.is::<NotFoundError>() || error.is::<ParsePathError>() {
            return Self::not_found("there is nothing at this path");
        }
        if error.is::<MethodNotAllowedError>() {
            let detail = "this path does not have that method";
            return Self::new(StatusCode::METHOD_NOT_ALLOWED, detail);
        }
        if let Some(error) = error.downcast_ref::<ParseParamError>() {
            // Behind the reason stand poem-openapi's own names of types.
            let reason = error.reason.split(" (occurred").next().unwrap_or_default();
            return Self::invalid(format!("{}: {reason}", error.name));
        }
        let status = error.status();
        if status.is_server_error() {
            error!(error = %error, "a call failed");
            return Self::internal();
        }
        Self::new(
            status,
            status
                .canonical_reason()
                .unwrap_or("the request was refused"),
        )
    }
}

impl Surface {
    /// The answer to a call of `path` that was not done; `allowed` are the methods of the path.
    pub fn answer(self, failure: &Failure, path: &str, allowed: &[Method]) -> Response {
        let mut failure = failure.clone();
        if self != Self::Problems && failure.status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            // Its callers know one status for every body that does not fit.
            failure.status = StatusCode::UNPROCESSABLE_ENTITY;
        }
        let routed = !matches!(
            failure.status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        );
        let mut response = match self {
            Self::Codes if routed => codes(&failure),
            Self::Results if failure.status != StatusCode::METHOD_NOT_ALLOWED => results(&failure),
            Self::Codes | Self::Problems | Self::Results => problem(&failure, path),
        };
        response.set_status(failure.status);
        let headers = response.headers_mut();
        if let Some(seconds) = failure.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if failure.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        if failure.status == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(names) = HeaderValue::from_str(&names.join(", "))
        {
            headers.insert(header::ALLOW, names);
        }
        response
    }
}

/// Logs an error that a caller is told of in another way than by a status.
pub(crate) fn log_hidden(error: &LabellingError) {
    log(labelling_status(error), error);
}

fn codes(failure: &Failure) -> Response {
    let body = json!({ "error_code": failure.status.as_u16(), "error_message": failure.detail });
    poem::web::Json(body).into_response()
}

/// A body that does not fit is always told by the same words; what does not fit stands beside.
pub(crate) fn results_body(status: StatusCode, detail: &str) -> Value {
    match status {
        StatusCode::UNPROCESSABLE_ENTITY => json!({
            "result": "exception", "message": "Invalid parameter", "detail": detail,
        }),
        _ => json!({ "result": "exception", "message": detail }),
    }
}

fn results(failure: &Failure) -> Response {
    poem::web::Json(results_body(failure.status, &failure.detail)).into_response()
}

fn problem(failure: &Failure, path: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": failure.status.canonical_reason().unwrap_or("Error"),
        "status": failure.status.as_u16(),
        "detail": failure.detail,
        "instance": path,
    });
    Response::builder()
        .content_type("application/problem+json")
        .body(body.to_string())
}

fn answer(status: StatusCode, message: String) -> Failure {
    let failure = Failure::new(status, message);
    match status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => failure.retry_later(),
        _ => failure,
    }
}

fn store_status(error: &StoreError) -> StatusCode {
    match error {
        StoreError::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        StoreError::OtherRequest { .. } => StatusCode::CONFLICT,
        StoreError::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
        StoreError::Connect(_) | StoreError::Query { .. } if error.is_transient() => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        StoreError::Connect(_)
        | StoreError::Query { .. }
        | StoreError::UnknownScheme { .. }
        | StoreError::Migrate(_)
        | StoreError::Newer { .. }
        | StoreError::LeaseLost { .. }
        | StoreError::Unstorable { .. }
        | StoreError::Closed
        | StoreError::Corrupt { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn labelling_status(error: &LabellingError) -> StatusCode {
    match error {
        LabellingError::StartNotBeforeEnd
        | LabellingError::Rules(_)
        | LabellingError::UnknownRuleSet { .. }
        | LabellingError::UnknownSource(_)
        | LabellingError::UnknownOutput(_) => StatusCode::UNPROCESSABLE_ENTITY,
        LabellingError::Source(source) if source.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
        LabellingError::Source(_) => StatusCode::UNPROCESSABLE_ENTITY,
        LabellingError::Sink(sink) if sink.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
        LabellingError::Store(store) => store_status(store),
        LabellingError::Sink(_)
        | LabellingError::Groups(_)
        | LabellingError::Flow(_)
        | LabellingError::Unstorable { .. }
        | LabellingError::ThreadLost => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What a caller did wrong is the caller's to know; what we did wrong somebody should act on.
fn log(status: StatusCode, error: &dyn std::error::Error) {
    if status == StatusCode::SERVICE_UNAVAILABLE {
        warn!(error = chain(error), "a call has to be tried again");
    } else if status.is_server_error() {
        error!(error = chain(error), "a call failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_its_status() {
        let full = StoreError::QueueFull { limit: 3 };
        for (error, status, retry) in [
            (LabellingError::StartNotBeforeEnd, 422, None),
            (LabellingError::ThreadLost, 500, None),
            (LabellingError::Store(StoreError::KeyReused), 422, None),
            (LabellingError::Store(full), 429, Some(5)),
        ] {
            let failure = Failure::from(error);
            assert!(!failure.detail.contains("database"), "{failure}");
            assert_eq!(
                (failure.status.as_u16(), failure.retry_after_s),
                (status, retry)
            );
        }
    }

    #[test]
    fn unknown_paths_and_methods_are_problems_on_both_surfaces() {
        for surface in [Surface::Problems, Surface::Codes] {
            let failure = Failure::from(poem::Error::from(MethodNotAllowedError));
            let response = surface.answer(&failure, "/x", &[Method::GET, Method::HEAD]);
            assert_eq!(response.content_type(), Some("application/problem+json"));
            assert_eq!(response.header("allow"), Some("GET, HEAD"));
        }
    }
}
