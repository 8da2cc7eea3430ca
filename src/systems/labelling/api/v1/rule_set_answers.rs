//! What the calls about rule sets answer.

use poem_openapi::payload::{Binary, Json, PlainText};
use poem_openapi::{ApiResponse, ResponseContent};
use serde_json::Value;

use super::rule_set_views::{DiffAnswered, RuleSetView, VersionView};
use crate::http::body::WrittenJson;

#[derive(ApiResponse)]
pub(super) enum SetAnswer {
    /// The set as it is now.
    #[oai(status = 200)]
    Now(
        Json<RuleSetView>,
        /// To be sent as `If-Match` with a change.
        #[oai(header = "ETag")]
        String,
    ),
    /// It is still the one that the caller has.
    #[oai(status = 304)]
    NotModified(#[oai(header = "ETag")] String),
}

#[derive(ApiResponse)]
pub(super) enum Stored {
    /// The newest version says the same already.
    #[oai(status = 200)]
    Same(Json<VersionView>, #[oai(header = "ETag")] String),
    /// The document is the next version.
    #[oai(status = 201)]
    Created(
        Json<VersionView>,
        #[oai(header = "ETag")] String,
        /// Where to look at the version.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(super) enum VersionAnswer {
    /// The version, or its document.
    #[oai(status = 200)]
    Now(
        VersionForm,
        #[oai(header = "ETag")] String,
        /// A name for the file of a document.
        #[oai(header = "Content-Disposition")]
        Option<String>,
    ),
    /// It is still the one that the caller has.
    #[oai(status = 304)]
    NotModified(#[oai(header = "ETag")] String),
}

#[derive(ResponseContent)]
pub(super) enum VersionForm {
    Json(WrittenJson<Value>),
    #[oai(content_type = "application/yaml")]
    Yaml(Binary<Vec<u8>>),
    #[oai(content_type = "application/zip")]
    Zip(Binary<Vec<u8>>),
    #[oai(content_type = "text/csv; charset=utf-8")]
    Csv(Binary<Vec<u8>>),
    #[oai(content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    Xlsx(Binary<Vec<u8>>),
}

#[derive(ApiResponse)]
pub(super) enum DiffAnswer {
    /// All differences.
    #[oai(status = 200)]
    Differences(DiffForm),
}

#[derive(ResponseContent)]
pub(super) enum DiffForm {
    Json(WrittenJson<DiffAnswered>),
    Text(PlainText<String>),
}
