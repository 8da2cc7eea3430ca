//! Paths below `/v1`.

mod cells;
mod examples;
mod imports;
mod mappings;
mod problems;
mod reading;
mod scrape_bodies;
mod scrape_examples;
mod scrape_failures;
mod scrape_runs;
mod scrape_views;
mod scrapes;
mod versions;
mod views;

use poem_openapi::Tags;

use crate::http::error::Failure;
use crate::systems::prediction::importing::ImportsError;

pub(super) use examples::examples;
pub(super) use imports::ImportsApi;
pub(super) use mappings::MappingsApi;
pub(super) use reading::ReadingApi;
pub(super) use scrape_examples::examples as scrape_examples;
pub(super) use scrape_runs::ScrapeRunsApi;
pub(super) use scrapes::ScrapesApi;

#[derive(Tags)]
enum Groups {
    /// Workbooks and CSV files as rows.
    Imports,
    /// Pages of sites as rows, fetched by a schedule.
    Scrapes,
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

/// Rows of a page, unless a caller says how many.
fn fifty() -> u32 {
    50
}
