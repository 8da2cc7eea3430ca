//! What came of a run.

use serde::{Deserialize, Serialize};

use crate::systems::prediction::scrape::fetch::Validators;

/// How a run ended, and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Why there was no other page; `None` of a run that failed before.
    pub ended: Option<Ended>,
    pub pages: u32,
    /// Of those, which were as they had been.
    pub unchanged_pages: u32,
    pub bytes: u64,
    /// Rows that came out.
    pub rows: u64,
    /// Rows without a value that they need, and those whose key another one had.
    pub left_out: u64,
    pub problems: u64,
    /// For the next run with the same definition, if this one succeeded or nothing had changed.
    #[serde(skip)]
    pub remembered: Vec<Remembered>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Succeeded,
    /// Each page was as it had been: nothing is to be written, and all is fresh.
    Unchanged,
    Failed {
        /// A sentence.
        why: String,
        /// Whether the same run may succeed later.
        is_transient: bool,
    },
    /// The sink wanted no more.
    Stopped,
}

/// Why there was no other page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    /// The scrape has one.
    OnePage,
    /// The last one had no rows.
    NoRows,
    /// The site had no other: 404 or 410.
    NotFound,
    /// The site repeated its last one.
    Repeated,
    /// The last one named none.
    NoNext,
    /// There may be more, but `pages.max` says that it is enough.
    Max,
}

/// What is remembered of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// A fingerprint of what was asked for.
    pub request: String,
    pub validators: Validators,
    /// Of its body.
    pub sha256: String,
    pub rows: u64,
    /// What it named as the next one.
    pub next: Option<String>,
}
