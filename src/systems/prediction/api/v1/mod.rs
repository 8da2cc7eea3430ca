//! Paths below `/v1`.

mod cells;
mod examples;
mod imports;
mod mappings;
mod model_examples;
mod model_versions;
mod model_views;
mod models;
mod predict;
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
pub(super) use model_examples::examples as model_examples;
pub(super) use model_versions::ModelVersionsApi;
pub(super) use models::ModelsApi;
pub(super) use predict::PredictApi;
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
    /// Models of Python libraries that score rows, with versions that are swapped while people predict.
    Models,
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
