//! The closed sets of words that callers read and write, and the number of an attempt.

use entity::{DispatchStatus, LetterKind};
use serde::Deserializer;

use crate::http::body::{Vocabulary, whole_number};

pub(crate) struct Statuses;

impl Vocabulary for Statuses {
    type Item = DispatchStatus;
    const NAME: &'static str = "DispatchStatus";
    const DESCRIPTION: &'static str = "Where a task is.";
    const ITEMS: &'static [DispatchStatus] = DispatchStatus::ALL;
}

/// What a worker may report.
pub(crate) struct ReportedStatuses;

impl Vocabulary for ReportedStatuses {
    type Item = DispatchStatus;
    const NAME: &'static str = "ReportedStatus";
    const DESCRIPTION: &'static str = "What a worker reports.";
    const ITEMS: &'static [DispatchStatus] = &[
        DispatchStatus::Running,
        DispatchStatus::Finished,
        DispatchStatus::Failed,
    ];
}

/// How a worker may end a task.
pub(crate) struct EndedStatuses;

impl Vocabulary for EndedStatuses {
    type Item = DispatchStatus;
    const NAME: &'static str = "EndedStatus";
    const DESCRIPTION: &'static str = "How a task ended.";
    const ITEMS: &'static [DispatchStatus] = &[DispatchStatus::Finished, DispatchStatus::Failed];
}

pub(crate) struct LetterKinds;

impl Vocabulary for LetterKinds {
    type Item = LetterKind;
    const NAME: &'static str = "LetterKind";
    const DESCRIPTION: &'static str = "What a dead letter is.";
    const ITEMS: &'static [LetterKind] = LetterKind::ALL;
}

/// For `deserialize_with`: the number of an attempt.
pub(crate) fn attempt<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
    const MOST: u32 = i32::MAX.unsigned_abs();
    let attempt = whole_number::<0, MOST, D>(deserializer)?;
    Ok(i32::try_from(attempt).ok())
}
