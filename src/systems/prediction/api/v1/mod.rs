//! Paths below `/v1`.

mod examples;
mod imports;
mod mappings;
mod reading;
mod views;

use poem_openapi::Tags;

use crate::http::error::Failure;
use crate::systems::prediction::importing::ImportsError;

pub(super) use examples::examples;
pub(super) use imports::ImportsApi;
pub(super) use mappings::MappingsApi;
pub(super) use reading::ReadingApi;

#[derive(Tags)]
enum Groups {
    /// Workbooks and CSV files as rows.
    Imports,
}

fn failure(error: ImportsError) -> Failure {
    use poem::http::StatusCode;
    match error {
        ImportsError::Changed(_) => {
            Failure::new(StatusCode::PRECONDITION_FAILED, error.to_string())
        }
        error => error.into(),
    }
}
