//! Why a labelling request was not accepted, or could not be answered.

use serde_json::{Value, json};

use crate::engine::seam::SystemError;
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind, FlowError};
use crate::systems::labelling::label::GroupsError;
use crate::systems::labelling::label::rules::RuleSetError;
use crate::systems::labelling::panels::{SinkError, UnknownOutput};
use crate::systems::labelling::posts::{SourceError, UnknownSource};
use crate::systems::labelling::rules::finding::{Findings, Level};
use crate::systems::labelling::rules::forms::FileError;
use crate::systems::labelling::rules::matching::CompileError;
use crate::systems::labelling::versions::RuleSetsError;

#[derive(Debug, thiserror::Error)]
pub enum LabellingError {
    #[error("start_time must be earlier than end_time")]
    StartNotBeforeEnd,
    #[error("a time of the range is before the year 0 or after 9999 in UTC")]
    TimeOutOfRange,
    #[error("failed to read the rules")]
    Rules(#[from] RuleSetError),
    #[error("rule set `{name}` is not in the settings; known are: {known}")]
    UnknownRuleSet { name: String, known: String },
    #[error(
        "what the setting `{setting}` names is not there; expected a directory of rules, or a .yaml, .yml, \
         .tsv or .txt file"
    )]
    NoRules { setting: String },
    #[error(transparent)]
    UnreadableRules { cause: FileError },
    #[error("{}", first_errors(.findings))]
    FaultyRules { findings: Box<Findings> },
    #[error("expected rules with model_type mixed_model, found {found}")]
    NotMixed { found: &'static str },
    #[error(
        "predict_type: the rule set says itself which fields its rules look at (`in`); leave predict_type out"
    )]
    FieldsTwice,
    #[error("ledger: only what a mixed_model finds can be kept")]
    NoLedgerOfModelType,
    #[error("incremental: all rows would have to be labelled: {reasons}")]
    NotIncremental { reasons: String },
    #[error("the rules cannot be used: {0}")]
    Uncompilable(#[from] CompileError),
    #[error(transparent)]
    RuleSet(#[from] RuleSetsError),
    #[error("failed to find the model")]
    Model(#[source] SystemError),
    #[error("version {version} of model `{name}` cannot label: {reason}")]
    UnusableModel {
        name: String,
        version: i32,
        reason: String,
    },
    #[error("the task has no {what} `{name}`; known are: {known}")]
    NotInTask {
        what: &'static str,
        name: String,
        known: String,
    },
    #[error(transparent)]
    UnknownSource(#[from] UnknownSource),
    #[error("failed to look at source `{name}`")]
    Source {
        name: String,
        #[source]
        cause: Box<SourceError>,
    },
    #[error(transparent)]
    UnknownOutput(#[from] UnknownOutput),
    #[error("failed to reach the output")]
    Sink(#[from] SinkError),
    #[error("output `{name}` cannot be used")]
    Output {
        name: String,
        #[source]
        cause: Box<SinkError>,
    },
    #[error("the output has not answered in time")]
    OutputSilent,
    #[error("no output can be used")]
    NoOutput {
        /// A sentence about each.
        reasons: String,
        #[source]
        last: Box<LabellingError>,
    },
    #[error(transparent)]
    Groups(#[from] GroupsError),
    #[error(transparent)]
    Flow(#[from] FlowError),
    #[error("failed to reach the engine's database")]
    Store(#[from] StoreError),
    #[error("the request cannot be stored: {reason}")]
    Unstorable { reason: String },
    #[error("a worker thread ended early")]
    ThreadLost,
}

impl CallerError for LabellingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::StartNotBeforeEnd
            | Self::TimeOutOfRange
            | Self::Rules(_)
            | Self::UnknownRuleSet { .. }
            | Self::NoRules { .. }
            | Self::UnreadableRules { .. }
            | Self::FaultyRules { .. }
            | Self::NotMixed { .. }
            | Self::FieldsTwice
            | Self::NoLedgerOfModelType
            | Self::Uncompilable(_)
            | Self::UnusableModel { .. }
            | Self::NotInTask { .. }
            | Self::UnknownSource(_)
            | Self::UnknownOutput(_) => ErrorKind::Invalid,
            Self::NotIncremental { .. } => ErrorKind::Conflict,
            Self::RuleSet(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::Conflict => ErrorKind::Invalid,
                kind => kind,
            },
            // What a request names wrongly is a fault of the request, as with rule sets.
            Self::Model(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::Conflict => ErrorKind::Invalid,
                kind => kind,
            },
            Self::Source { cause, .. } if cause.is_transient() => ErrorKind::Unavailable,
            Self::Source { .. } => ErrorKind::Invalid,
            Self::Sink(sink) => kind_of(sink),
            Self::Output { cause, .. } => kind_of(cause),
            Self::OutputSilent => ErrorKind::Unavailable,
            Self::NoOutput { last, .. } => last.kind(),
            Self::Store(store) => store.kind(),
            Self::Groups(_) | Self::Flow(_) | Self::Unstorable { .. } | Self::ThreadLost => {
                ErrorKind::Internal
            }
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            // Nobody is known to be making it.
            Self::Source { cause, .. } if matches!(**cause, SourceError::SourceMissing { .. }) => {
                false
            }
            error => error.kind() == ErrorKind::Unavailable,
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Rules(error) => error.without_paths(),
            Self::UnreadableRules { cause } => match cause {
                FileError::Read { cause, .. } => format!("the rules cannot be read: {cause}"),
                FileError::UnknownForm { .. } => {
                    "the rules cannot be read: expected a directory of rules, \
                     or a .yaml, .yml, .json, .zip, .tsv, .csv or .xlsx file"
                        .to_owned()
                }
            },
            Self::RuleSet(error) => error.public_message(),
            Self::Model(error) => error.public_message(),
            Self::Source { name, cause } => match &**cause {
                SourceError::SourceMissing { .. } => {
                    format!("source `{name}`: its file is not there (setting `sources.{name}.url`)")
                }
                cause => format!("source `{name}`: {}", cause.public_message()),
            },
            Self::Sink(error) => error.public_message(),
            Self::Output { name, cause } => format!("output `{name}`: {}", cause.public_message()),
            Self::Store(error) => error.public_message(),
            Self::NoOutput { reasons, .. } => reasons.clone(),
            Self::StartNotBeforeEnd
            | Self::TimeOutOfRange
            | Self::UnknownRuleSet { .. }
            | Self::NoRules { .. }
            | Self::FaultyRules { .. }
            | Self::NotMixed { .. }
            | Self::FieldsTwice
            | Self::NoLedgerOfModelType
            | Self::NotIncremental { .. }
            | Self::Uncompilable(_)
            | Self::UnusableModel { .. }
            | Self::NotInTask { .. }
            | Self::UnknownSource(_)
            | Self::UnknownOutput(_)
            | Self::OutputSilent
            | Self::Groups(_)
            | Self::Flow(_)
            | Self::Unstorable { .. }
            | Self::ThreadLost => self.to_string(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::FaultyRules { findings } => {
                let errors = findings.list().iter();
                let errors = errors.filter(|finding| finding.code.level() == Level::Error);
                vec![("errors", json!(errors.collect::<Vec<_>>()))]
            }
            Self::RuleSet(error) => error.members(),
            _ => Vec::new(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Store(error) => error.is_logged(),
            Self::RuleSet(error) => error.is_logged(),
            Self::Model(error) => error.is_logged(),
            _ => false,
        }
    }
}

/// Errors of a document that one sentence names.
const ERRORS_NAMED: usize = 5;

fn first_errors(findings: &Findings) -> String {
    let errors = findings.list().iter();
    let errors = errors.filter(|finding| finding.code.level() == Level::Error);
    let mut named: Vec<String> = errors.take(ERRORS_NAMED).map(ToString::to_string).collect();
    let more = findings.count(Level::Error) - named.len() as u64;
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    named.join("; ")
}

impl LabellingError {
    /// For `map_err`, where an output is used: names it.
    pub(super) fn naming_output(self, name: &str) -> Self {
        match self {
            Self::Sink(cause) => Self::Output {
                name: name.to_owned(),
                cause: Box::new(cause),
            },
            other => other,
        }
    }
}

/// What is wrong with an output is for its operators to mend, also where it does not pass by itself: a
/// right that is missing, a table that is not there.
fn kind_of(error: &SinkError) -> ErrorKind {
    match error {
        SinkError::LabelTooLong { .. } => ErrorKind::Invalid,
        SinkError::Open(_)
        | SinkError::Statement { .. }
        | SinkError::TaskUnknown
        | SinkError::OtherColumns { .. }
        | SinkError::OfOriginal { .. } => ErrorKind::Unavailable,
        SinkError::UnknownScheme { .. }
        | SinkError::UnusableUrl(_)
        | SinkError::BadUrl
        | SinkError::NotAdoptable { .. }
        | SinkError::NameTooLong { .. }
        | SinkError::RowTooLarge { .. }
        | SinkError::Fenced
        | SinkError::Cancelled
        | SinkError::Corrupt { .. } => ErrorKind::Internal,
    }
}

impl From<LabellingError> for SystemError {
    fn from(error: LabellingError) -> Self {
        Self::of(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_kind_and_hides_the_database() {
        let full = StoreError::QueueFull { limit: 3 };
        for (error, kind) in [
            (LabellingError::StartNotBeforeEnd, ErrorKind::Invalid),
            (LabellingError::ThreadLost, ErrorKind::Internal),
            (
                LabellingError::Store(StoreError::KeyReused),
                ErrorKind::Invalid,
            ),
            (LabellingError::Store(full), ErrorKind::TooMany),
        ] {
            assert!(!error.public_message().contains("database"), "{error}");
            assert_eq!(error.kind(), kind);
        }
    }
}
