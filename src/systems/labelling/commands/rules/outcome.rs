//! What a command prints, and the code that it ends with.

use std::error::Error;
use std::path::Path;

use crate::printable::{counted, printable};
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::finding::{Findings, LISTED_MAX, Level};
use crate::systems::labelling::rules::forms;

/// Everything is as it should be.
pub(super) const GOOD: u8 = 0;
/// The rules have errors, or are not as they were asked to be.
pub(super) const FAULTY: u8 = 1;
/// Bad usage, or a file that cannot be read or written.
pub(super) const BAD_USAGE: u8 = 2;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// For programs, on standard output as it is.
    pub document: Option<String>,
    /// For people, on standard output.
    pub lines: Vec<String>,
    /// On standard error.
    pub errors: Vec<String>,
    pub code: u8,
}

impl Outcome {
    pub fn bad_usage(problem: &str) -> Self {
        Self {
            errors: vec![format!("error: {problem}")],
            code: BAD_USAGE,
            ..Self::default()
        }
    }

    /// The findings of a set that cannot be used.
    pub fn faulty(findings: &Findings, as_json: bool) -> Self {
        let mut outcome = Self {
            code: FAULTY,
            ..Self::default()
        };
        match as_json {
            true => outcome.document = Some(json(findings)),
            false => {
                let errors = findings.list().iter();
                let errors = errors.filter(|finding| finding.code.level() == Level::Error);
                outcome.errors = errors
                    .map(|finding| format!("error: {}", printable(&finding.to_string())))
                    .collect();
                outcome.errors.extend(left(findings, Level::Error));
            }
        }
        outcome
    }
}

/// What is at a path, or why it cannot be read.
pub(super) fn read(path: &Path) -> Result<Document, Outcome> {
    forms::read_path(path).map_err(|error| {
        let cause = error.source().map(|cause| format!(": {cause}"));
        Outcome::bad_usage(&format!("{error}{}", cause.unwrap_or_default()))
    })
}

/// The same if it has no errors.
pub(super) fn read_good(path: &Path, as_json: bool) -> Result<Document, Outcome> {
    let document = read(path)?;
    match document.findings.has_errors() {
        true => Err(Outcome::faulty(&document.findings, as_json)),
        false => Ok(document),
    }
}

/// The shape of rules-shapes: `{"findings":[…],"counts":{…},"cut":…}`.
pub(super) fn json(findings: &Findings) -> String {
    serde_json::to_string(findings).unwrap_or_default()
}

/// How many findings are not listed.
pub(super) fn left(findings: &Findings, level: Level) -> Vec<String> {
    let counts = findings.counts().iter();
    let counts = counts.filter(|(code, count)| code.level() == level && **count > LISTED_MAX);
    counts
        .map(|(code, count)| format!("… {} more of {}", count - LISTED_MAX, code.as_str()))
        .collect()
}

/// `2 errors, 1 warning`
pub(super) fn summary(findings: &Findings) -> String {
    let errors = counted(findings.count(Level::Error), "error");
    let warnings = counted(findings.count(Level::Warning), "warning");
    format!("{errors}, {warnings}")
}
