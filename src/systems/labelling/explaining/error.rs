//! Why nothing is explained.

use serde_json::Value;

use crate::engine::{CallerError, ErrorKind};
use crate::systems::labelling::LabellingError;
use crate::systems::labelling::asked_rules::RulesError;
use crate::systems::labelling::posts::SourceError;

/// Explanations at once.
pub(super) const AT_ONCE: usize = 4;

/// Bytes of a row that somebody brings.
pub(super) const ROW_BYTES: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub(in crate::systems::labelling) enum ExplainError {
    #[error(transparent)]
    Labelling(#[from] LabellingError),
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("{AT_ONCE} explanations are made already, which are as many as may; try again")]
    Busy,
    #[error("row: expected texts of at most {ROW_BYTES} bytes together, found {found}")]
    TooLarge { found: usize },
    #[error("there is no job {0}")]
    NoJob(String),
    #[error("group: the job has no group `{name}`; known are {known}")]
    NoGroup { name: String, known: String },
    #[error("panel: the job has no panel `{name}`; known are {known}")]
    NoPanel { name: String, known: String },
    #[error("the job has published no row {id} in panel {panel}")]
    NotPublished { id: String, panel: String },
    #[error("row {0} is not in the source any more, or could not be found in time")]
    NotInSource(String),
}

impl CallerError for ExplainError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Labelling(error) => error.kind(),
            Self::Rules(error) => error.kind(),
            Self::Busy => ErrorKind::TooMany,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::NoGroup { .. } | Self::NoPanel { .. } => ErrorKind::Invalid,
            Self::NoJob(_) | Self::NotPublished { .. } | Self::NotInSource(_) => {
                ErrorKind::NotFound
            }
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Self::Labelling(error) => error.may_pass(),
            Self::Rules(error) => error.may_pass(),
            Self::Busy => true,
            _ => false,
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Rules(error) => error.members(),
            _ => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Labelling(error) => error.public_message(),
            Self::Rules(error) => error.public_message(),
            _ => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Labelling(error) => error.is_logged(),
            Self::Rules(error) => error.is_logged(),
            _ => false,
        }
    }
}

impl ExplainError {
    pub(super) fn of_source(name: &str, cause: SourceError) -> Self {
        Self::Labelling(LabellingError::Source {
            name: name.to_owned(),
            cause: Box::new(cause),
        })
    }
}
