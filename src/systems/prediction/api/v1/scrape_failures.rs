//! Failures of calls about scrapes, and tags of their answers.

use poem::http::StatusCode;

use crate::http::error::Failure;
use crate::systems::prediction::scraping::{Entry, ScrapesError};

pub(super) fn failure(error: ScrapesError) -> Failure {
    match error {
        ScrapesError::Changed(_) => {
            Failure::new(StatusCode::PRECONDITION_FAILED, error.to_string())
        }
        error => error.into(),
    }
}

/// Of a scrape's text.
pub(super) fn tag(entry: &Entry) -> String {
    format!("\"{}\"", entry.definition.digest)
}
