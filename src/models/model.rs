//! A model that is ready to score.

mod check;

#[cfg(test)]
mod tests;

use std::fmt::{self, Debug, Formatter};

use super::answers::Answers;
use super::lightgbm;
use super::onnx;
use super::package::{Format, Package};
use super::refusal::Refusal;
use super::rows::Rows;
use super::signature::Signature;
use super::text_linear;
use super::xgboost;

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
    /// Reads and checks the file of a package.
    pub fn load(package: &Package) -> Result<Self, Refusal> {
        let (signature, scorer) = match package.format {
            Format::LightGbm => lightgbm::load(package)?,
            Format::XgBoost => xgboost::load(package)?,
            Format::Onnx => onnx::load(package)?,
            Format::TextLinear => text_linear::load(package)?,
            Format::Remote => {
                return Err(Refusal::new(
                    "a remote model is asked at its server; there is no file of it to be read",
                ));
            }
        };
        Self::new(package.format, signature, scorer)
    }

    /// A model whose signature can be said in JSON.
    fn new(format: Format, signature: Signature, scorer: Box<dyn Scorer>) -> Result<Self, Refusal> {
        check::signature(&signature)?;
        Ok(Self {
            format,
            signature,
            scorer,
        })
    }

    /// The answer to each row. One that is no finite number is a fault of its row, whatever the format.
    pub fn score(&self, rows: &Rows) -> Answers {
        let answers = self.scorer.score(rows);
        check::answers(&self.signature, rows.len(), answers)
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
