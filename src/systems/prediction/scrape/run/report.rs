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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    /// The scrape has one.
    OnePage,
    /// The last one had no rows.
    NoRows,
    /// The first of numbered pages had no rows, so that no other was asked for.
    FirstEmpty,
    /// The site had no other: 404, 410 or 204.
    NotFound,
    /// The site repeated its last one.
    Repeated,
    /// The last one named none.
    NoNext,
    /// There may be more, but `pages.max` says that it is enough.
    Max,
}

/// What a failure says of pages that end with the first one.
const FIRST_EMPTY: &str =
    "page 1 had no rows, so no further page was fetched; correct the scrape and run the day again";

impl Report {
    /// A failure says that there may be pages which were never fetched: rows of those that are kept may be too few,
    /// whatever becomes of the scrape.
    pub fn name_unfetched_pages(&mut self) {
        if let (Outcome::Failed { why, .. }, Some(Ended::FirstEmpty)) =
            (&mut self.outcome, self.ended)
        {
            *why = format!("{why}; {FIRST_EMPTY}");
        }
    }
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
