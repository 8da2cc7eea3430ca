//! A model that is ready to score.

use std::fmt::{self, Debug, Formatter};

use super::answers::Answers;
use super::package::{Format, Package};
use super::refusal::Refusal;
use super::rows::Rows;
use super::signature::Signature;

/// What computes answers. A value that a library does not take (NaN where it has no branch for missing values) is a
/// fault of its row, never a panic.
pub trait Scorer: Send + Sync {
    fn score(&self, rows: &Rows) -> Answers;
}

/// A model, checked.
pub struct Model {
    pub format: Format,
    pub signature: Signature,
    scorer: Box<dyn Scorer>,
}

impl Model {
    /// What the readers of formats make.
    pub(super) fn new(format: Format, signature: Signature, scorer: Box<dyn Scorer>) -> Self {
        Self {
            format,
            signature,
            scorer,
        }
    }

    /// Reads and checks the file of a package.
    pub fn load(package: &Package) -> Result<Self, Refusal> {
        Err(Refusal::new(format!(
            "models of the format {} are not read",
            package.format
        )))
    }

    pub fn score(&self, rows: &Rows) -> Answers {
        self.scorer.score(rows)
    }
}

impl Debug for Model {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Model")
            .field("format", &self.format)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}
