//! Paths below `/v1`.

mod briefs;
mod cursor;
mod examples;
mod export;
mod lists;
mod models;
mod push;
mod pushed_body;

use poem_openapi::Tags;

pub(super) use briefs::BriefsApi;
pub(super) use examples::examples;
pub(super) use export::BriefExportApi;
pub(super) use lists::BriefListsApi;
pub(super) use push::BriefPushApi;

#[derive(Tags)]
enum Groups {
    /// Keywords in, a zip out: articles of several platforms, collected, stored, analysed and exported.
    Briefs,
}

/// Rows of a page, unless a caller says how many.
fn fifty() -> u32 {
    50
}
