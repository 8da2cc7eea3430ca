//! Why a review was not made, or a row of one not judged.

use serde_json::Value;

use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::systems::labelling::LabellingError;
use crate::systems::labelling::asked_rules::RulesError;
use crate::systems::labelling::explaining::ExplainError;

/// Rows of a review: people judge them one by one.
pub(super) const ITEMS_MAX: usize = 5_000;

#[derive(Debug, thiserror::Error)]
pub(in crate::systems::labelling) enum ReviewError {
    #[error("there is no job {0} that labels rows")]
    NoJob(String),
    #[error("job {0} has not published anything yet")]
    NotPublished(String),
    #[error("there is no review {0}")]
    NoReview(String),
    #[error("review {review} has no item {n}")]
    NoItem { review: String, n: i32 },
    #[error(
        "per_stratum: {strata} strata with so many rows each are {found} rows; expected {ITEMS_MAX} at most"
    )]
    TooMany { strata: usize, found: usize },
    #[error("failed to read the rules")]
    Rules(#[from] RulesError),
    #[error("failed to read the rows of the job")]
    Labelling(#[from] LabellingError),
    #[error("failed to read the texts of the rows")]
    Explain(#[from] ExplainError),
    #[error("failed to reach the engine's database")]
    Store(#[from] StoreError),
}

impl CallerError for ReviewError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoJob(_) | Self::NoReview(_) | Self::NoItem { .. } => ErrorKind::NotFound,
            Self::NotPublished(_) => ErrorKind::Conflict,
            Self::Rules(error) => error.kind(),
            Self::TooMany { .. } => ErrorKind::Invalid,
            Self::Labelling(error) => error.kind(),
            Self::Explain(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Rules(error) => error.members(),
            Self::Labelling(error) => error.members(),
            Self::Explain(error) => error.members(),
            _ => Vec::new(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Rules(error) => error.public_message(),
            Self::Labelling(error) => error.public_message(),
            Self::Explain(error) => error.public_message(),
            Self::Store(error) => error.public_message(),
            _ => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Rules(error) => error.is_logged(),
            Self::Labelling(error) => error.is_logged(),
            Self::Explain(error) => error.is_logged(),
            Self::Store(error) => error.is_logged(),
            _ => false,
        }
    }
}
