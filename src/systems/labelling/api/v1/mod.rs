//! Calls below `/v1`.

pub(crate) mod catalog;
mod download;
pub(crate) mod examples;
pub(crate) mod figures;
pub(crate) mod request;
pub(crate) mod results;
mod workbook;

use poem_openapi::Tags;

#[derive(Tags)]
pub(crate) enum Groups {
    /// What jobs produced.
    Results,
    /// What requests may refer to.
    Catalog,
}
