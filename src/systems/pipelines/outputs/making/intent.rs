//! What is stored before anything is published.

use serde::{Deserialize, Serialize};

use super::names::Attempt;

/// What is to be done to publish what an attempt has made. Paths are relative to the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intent {
    pub(super) job: String,
    pub(super) attempt: u32,
    pub(super) moves: Vec<Move>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    /// The output's label.
    pub output: String,
    pub from: String,
    pub to: String,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Not a directory: a file or a link.
    File,
    Directory,
    /// What matches the glob is moved from one directory into the other: so many files and
    /// directories.
    Matching {
        count: u64,
    },
    /// It is at its place already; `from` is the list of what stood there before.
    InPlace,
}

impl Intent {
    pub(super) fn of(attempt: Attempt<'_>) -> Self {
        Self {
            job: attempt.job.to_owned(),
            attempt: attempt.number,
            moves: Vec::new(),
        }
    }
}
