//! The closed sets of words that callers read and write.

use entity::{DispatchStatus, LetterKind};

use crate::http::body::Vocabulary;

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
