//! A page that cannot be shown, and why.

use askama::Template;
use poem::http::StatusCode;

use super::frame::Frame;
use crate::http::V1Answer;

/// Why a page is not shown.
#[derive(Debug)]
pub struct PageError {
    pub status: StatusCode,
    /// In the words of the API; empty: there are none.
    pub detail: String,
}

impl PageError {
    pub fn nothing_here() -> Self {
        Self::of_status(StatusCode::NOT_FOUND)
    }

    pub fn internal() -> Self {
        Self::of_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub fn of_status(status: StatusCode) -> Self {
        Self {
            status,
            detail: String::new(),
        }
    }

    /// What was filled in does not fit.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: detail.into(),
        }
    }

    /// Whether whoever has asked can mend it in what was filled in.
    pub fn is_of_request(&self) -> bool {
        matches!(
            self.status,
            StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
        )
    }

    /// It cannot be done as things are.
    pub fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    /// What was refused.
    pub fn of(answer: &V1Answer) -> Self {
        Self {
            status: answer.status,
            detail: answer.detail().to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "ui/templates/error.html")]
pub(super) struct ErrorPage<'a> {
    pub frame: &'a Frame,
    pub error: &'a PageError,
}

impl ErrorPage<'_> {
    /// The id of what is said of the status.
    fn heading(&self) -> &'static str {
        match self.error.status {
            StatusCode::NOT_FOUND => "error-not-found",
            StatusCode::FORBIDDEN => "error-forbidden",
            StatusCode::CONFLICT => "error-conflict",
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "error-busy",
            status if status.is_server_error() => "error-internal",
            _ => "error-refused",
        }
    }
}
