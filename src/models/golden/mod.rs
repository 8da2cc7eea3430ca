//! Whether a model answers as the library that made it.

mod compare;
mod parse;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Map, Value};

use super::json_rows::{RowFault, read_rows_of};
use super::model::Model;
use super::rows::Rows;
use super::signature::Signature;

pub use compare::compare;

/// Rows with the answers of the Python library.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Golden {
    /// A value for each feature, `null` if it is missing.
    pub inputs: Vec<Map<String, Value>>,
    /// As the call `predict` answers.
    pub outputs: Vec<Map<String, Value>>,
}

/// The first row whose answer differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mismatch {
    pub row: usize,
    pub reason: String,
    // Boxed, so that what is almost always a success takes no room for them.
    pub expected: Box<Value>,
    pub found: Box<Value>,
}

/// Compares each answer: numbers within 1e-5·max(1, |x|), labels exactly but for ties within that.
pub fn prove(model: &Model, golden: &Golden) -> Result<(), Mismatch> {
    let rows = golden.rows(&model.signature)?;
    compare(&model.signature, golden, &model.score(&rows))
}

impl Golden {
    /// The inputs as a model takes them.
    pub fn rows(&self, signature: &Signature) -> Result<Rows, Mismatch> {
        read_rows_of("inputs", signature, &self.inputs).map_err(Mismatch::from)
    }

    /// The features that are missing in no row: what a model answers without them is not proved.
    pub fn without_missing(&self, signature: &Signature) -> Vec<String> {
        let is_missing = |name: &str| {
            let mut rows = self.inputs.iter();
            rows.any(|row| row.get(name).is_some_and(Value::is_null))
        };
        let features = signature.features().iter();
        features
            .filter(|feature| !is_missing(&feature.name))
            .map(|feature| feature.name.clone())
            .collect()
    }
}

impl From<RowFault> for Mismatch {
    fn from(fault: RowFault) -> Self {
        Self {
            row: fault.row,
            reason: fault.to_string(),
            expected: Box::default(),
            found: Box::default(),
        }
    }
}
