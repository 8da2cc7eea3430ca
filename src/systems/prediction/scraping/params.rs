//! What a job of scrapes is to do, as it is stored with its step.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Parameters of the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScrapeParams {
    pub scrape: StoredText,
    /// That of `extract: {import: …}`.
    pub mapping: Option<StoredText>,
    /// What templates mean by `{day}`.
    pub day: NaiveDate,
    /// Runs whose kept pages are extracted again; empty: pages are fetched.
    #[serde(default)]
    pub replay: Vec<String>,
}

/// A definition as it was when the job was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredText {
    pub name: String,
    /// `None`: it came with the call.
    pub version: Option<i32>,
    /// YAML.
    pub text: String,
}
