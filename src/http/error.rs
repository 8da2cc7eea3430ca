//! The one place where an error becomes a status and a sentence for the caller.
//!
//! What went wrong in full is logged here, once; the caller never sees SQL, paths of the host
//! or secrets.

use poem::error::{MethodNotAllowedError, NotFoundError, ResponseError};
use poem::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::error::{ParseParamError, ParsePathError};
use serde_json::{Value, json};
use tracing::{debug, error, warn};

use super::parameters;
use crate::engine::{CallerError, ErrorKind};
use crate::telemetry::chain;

/// After how many seconds a caller may try again.
const RETRY_AFTER_S: u32 = 5;

/// Said of a path that is none of the API.
pub(crate) const NOTHING_HERE: &str = "there is nothing at this path";

/// Why a call was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Failure {
    pub status: StatusCode,
    pub detail: String,
    pub retry_after_s: Option<u32>,
    /// What the answer says besides.
    pub members: Vec<(&'static str, Value)>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Whose form an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// RFC 9457 problem details.
    Problems,
    /// `{"error_code", "error_message"}`, which the callers of `/api/tasks` know.
    Codes,
    /// `{"result": "exception", "message"}`, which callers and workers of tasks for outside
    /// workers know.
    Results,
    /// A form that the callers of all of them read, for paths that belong to none.
    Shared,
    /// `{"error"}`, which clients of the Open Inference Protocol know.
    Errors,
    /// `{"code", "msg", "data": null}`, whose `code` is the status once more.
    Messages,
}

impl Failure {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after_s: None,
            members: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// Nobody reads it.
    pub fn caller_left() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "the caller has left")
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// For faults whose details belong in the log only.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something went wrong on the server",
        )
    }

    pub fn retry_later(mut self) -> Self {
        self.retry_after_s = Some(RETRY_AFTER_S);
        self
    }
}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        self.status
    }
}

impl<E: CallerError> From<E> for Failure {
    fn from(error: E) -> Self {
        let kind = error.kind();
        log(&error);
        let failure = Self {
            members: error.members(),
            ..Self::new(status(kind), error.public_message())
        };
        match kind {
            ErrorKind::TooMany | ErrorKind::Unavailable => failure.retry_later(),
            ErrorKind::Invalid
            | ErrorKind::TooLarge
            | ErrorKind::Unsupported
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Internal => failure,
        }
    }
}

/// What poem raised, be it a [`Failure`] of ours or one of its own errors.
impl From<poem::Error> for Failure {
    fn from(error: poem::Error) -> Self {
        let failure = Self::of(&error);
        if failure.status.is_server_error() && !error.is::<Self>() {
            error!(error = %error, "a call failed");
        }
        failure
    }
}

impl Failure {
    /// What is answered where poem has raised this.
    pub fn of(error: &poem::Error) -> Self {
        if let Some(failure) = error.downcast_ref::<Self>() {
            return failure.clone();
        }
        if error.is::<NotFoundError>() || error.is::<ParsePathError>() {
            return Self::not_found(NOTHING_HERE);
        }
        if error.is::<MethodNotAllowedError>() {
            let detail = "this path does not have that method";
            return Self::new(StatusCode::METHOD_NOT_ALLOWED, detail);
        }
        if let Some(error) = error.downcast_ref::<ParseParamError>() {
            return Self::invalid(parameters::detail(error));
        }
        let status = error.status();
        if status.is_server_error() {
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
    pub(crate) fn answer(self, failure: &Failure, path: &str, allowed: &[Method]) -> Response {
        let routed = !matches!(
            failure.status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        );
        let mut response = match self {
            Self::Codes if routed => json_body(codes_body(failure), failure),
            Self::Results => json_body(results_body(failure.status, &failure.detail), failure),
            Self::Errors => json_body(errors_body(&failure.detail), failure),
            // Its callers know these three members and no others.
            Self::Messages => {
                poem::web::Json(messages_body(failure.status, &failure.detail)).into_response()
            }
            Self::Shared if routed => json_body(merged(codes_body(failure), failure), failure),
            Self::Shared => problem(merged(problem_body(failure, path), failure), failure),
            Self::Codes | Self::Problems => problem(problem_body(failure, path), failure),
        };
        response.set_status(self.status(failure.status));
        let headers = response.headers_mut();
        headers.extend(failure.headers.iter().cloned());
        if let Some(seconds) = failure.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if failure.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if failure.status == StatusCode::REQUEST_TIMEOUT {
            // The rest of the request may still come.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        if failure.status == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(names) = HeaderValue::from_str(&names.join(", "))
        {
            headers.insert(header::ALLOW, names);
        }
        response
    }

    /// The status that is answered for a failure: a protocol may have fewer of them.
    pub(crate) fn status(self, status: StatusCode) -> StatusCode {
        match (self, status) {
            (Self::Errors, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT) => {
                StatusCode::BAD_REQUEST
            }
            _ => status,
        }
    }
}

/// Logs an error that a caller is shown in another way than by a status.
pub(crate) fn log_hidden(error: &impl CallerError) {
    log(error);
}

fn codes_body(failure: &Failure) -> Value {
    json!({ "error_code": failure.status.as_u16(), "error_message": failure.detail })
}

/// The body of a failed call. A body that does not fit is always reported by the same words, with the
/// detail beside them.
pub(crate) fn results_body(status: StatusCode, detail: &str) -> Value {
    match status {
        StatusCode::UNPROCESSABLE_ENTITY => json!({
            "result": "exception", "message": "Invalid parameter", "detail": detail,
        }),
        _ => json!({ "result": "exception", "message": detail }),
    }
}

/// The body of a failed call of the Open Inference Protocol.
pub(crate) fn errors_body(detail: &str) -> Value {
    json!({ "error": detail })
}

/// The body of a failed call whose answers all have a `code` and a `msg`.
pub(crate) fn messages_body(status: StatusCode, detail: &str) -> Value {
    json!({ "code": status.as_u16(), "msg": detail, "data": null })
}

/// A body with the members of [`Surface::Results`] besides its own.
fn merged(mut body: Value, failure: &Failure) -> Value {
    let results = results_body(failure.status, &failure.detail);
    if let (Value::Object(body), Value::Object(results)) = (&mut body, results) {
        for (name, value) in results {
            body.entry(name).or_insert(value);
        }
    }
    body
}

fn json_body(body: Value, failure: &Failure) -> Response {
    poem::web::Json(with_members(body, failure)).into_response()
}

fn with_members(mut body: Value, failure: &Failure) -> Value {
    for (name, value) in &failure.members {
        body[*name] = value.clone();
    }
    body
}

fn problem_body(failure: &Failure, path: &str) -> Value {
    json!({
        "type": "about:blank",
        "title": failure.status.canonical_reason().unwrap_or("Error"),
        "status": failure.status.as_u16(),
        "detail": failure.detail,
        "instance": path,
    })
}

fn problem(body: Value, failure: &Failure) -> Response {
    let body = with_members(body, failure);
    Response::builder()
        .content_type("application/problem+json")
        .body(body.to_string())
}

/// The one place where the kind of an error becomes a status.
fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Unsupported => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A mistake of the caller is not logged; a fault of ours is.
fn log(error: &impl CallerError) {
    match error.kind() {
        ErrorKind::Unavailable if error.is_logged() => {
            debug!(error = chain(error), "a call has to be tried again");
        }
        ErrorKind::Unavailable => warn!(error = chain(error), "a call has to be tried again"),
        ErrorKind::Internal if error.is_logged() => {
            debug!(error = chain(error), "a call failed");
        }
        ErrorKind::Internal => error!(error = chain(error), "a call failed"),
        ErrorKind::Invalid
        | ErrorKind::TooLarge
        | ErrorKind::Unsupported
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::TooMany => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the sentence")]
    struct Failed(ErrorKind);

    impl CallerError for Failed {
        fn kind(&self) -> ErrorKind {
            self.0
        }
    }

    #[test]
    fn the_kind_of_an_error_becomes_its_status() {
        for (kind, status, retry) in [
            (ErrorKind::Invalid, 422, None),
            (ErrorKind::TooLarge, 413, None),
            (ErrorKind::Unsupported, 400, None),
            (ErrorKind::NotFound, 404, None),
            (ErrorKind::Conflict, 409, None),
            (ErrorKind::TooMany, 429, Some(5)),
            (ErrorKind::Unavailable, 503, Some(5)),
            (ErrorKind::Internal, 500, None),
        ] {
            let failure = Failure::from(Failed(kind));
            assert_eq!(failure.detail, "the sentence");
            assert_eq!(
                (failure.status.as_u16(), failure.retry_after_s),
                (status, retry)
            );
        }
    }

    #[test]
    fn a_protocol_with_fewer_statuses_says_bad_request() {
        for (status, answered) in [(422, 400), (409, 400), (404, 404), (413, 413), (503, 503)] {
            let failure = Failure::new(StatusCode::from_u16(status).unwrap(), "the sentence");
            let response = Surface::Errors.answer(&failure, "/v2", &[]);
            assert_eq!(response.status().as_u16(), answered);
            assert_eq!(
                response.content_type(),
                Some("application/json; charset=utf-8")
            );
        }
    }

    #[test]
    fn a_message_has_its_status_and_three_members() {
        let mut failure = Failure::not_found("the sentence");
        failure.members.push(("more", json!(1)));
        assert_eq!(
            messages_body(failure.status, &failure.detail).to_string(),
            r#"{"code":404,"msg":"the sentence","data":null}"#
        );
        let response = Surface::Messages.answer(&failure, "/x", &[]);
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
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
