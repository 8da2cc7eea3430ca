//! Scores rows with the trees of a file.

use std::collections::BTreeMap;
use std::ops::Range;

use super::objective::Link;
use crate::models::answers::Answers;
use crate::models::forest::Forest;
use crate::models::inputs::Encoder;
use crate::models::model::Scorer;
use crate::models::rows::Rows;

/// Rows whose columns are in memory at once.
const ROWS_AT_ONCE: usize = 512;

/// What the answers of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Value,
    /// The answer is the score of the second of two classes.
    TwoClasses,
    Classes,
}

#[derive(Debug)]
pub(super) struct XgBoost {
    pub forest: Forest<f32>,
    pub encoder: Encoder,
    /// What each sum of a row begins with.
    pub margins: Vec<f32>,
    pub link: Link,
    pub shape: Shape,
    /// Columns whose numbers are codes of categories.
    pub code_columns: Vec<usize>,
}

impl Scorer for XgBoost {
    fn score(&self, rows: &Rows) -> Answers {
        let targets = self.forest.targets();
        let mut faults = BTreeMap::new();
        let mut sums = self.margins.repeat(rows.len());
        let mut inputs = Vec::with_capacity(rows.len().min(ROWS_AT_ONCE) * self.forest.columns());
        for first in (0..rows.len()).step_by(ROWS_AT_ONCE) {
            let range = first..rows.len().min(first + ROWS_AT_ONCE);
            let sums = &mut sums[range.start * targets..range.end * targets];
            self.encode(rows, range, &mut inputs, &mut faults);
            self.forest.add(&inputs, sums);
        }
        for sums in sums.chunks_exact_mut(targets) {
            self.link.apply(sums);
        }
        let mut answers = self.answers(&sums);
        answers.faults = faults;
        answers
    }
}

impl XgBoost {
    fn encode(
        &self,
        rows: &Rows,
        range: Range<usize>,
        inputs: &mut Vec<f32>,
        faults: &mut BTreeMap<usize, String>,
    ) {
        inputs.clear();
        if self.encoder.is_identity() {
            let width = rows.number_width();
            let numbers = &rows.all_numbers()[range.start * width..range.end * width];
            inputs.extend(numbers.iter().map(|number| *number as f32));
        } else {
            let fault = |row, reason| {
                faults.insert(row, reason);
            };
            let take = |number| inputs.push(number as f32);
            self.encoder.encode(rows, range.clone(), take, fault);
        }
        self.check(range, inputs, faults);
    }

    /// The library takes no infinite numbers; a negative code is no category, even if it is above -1.
    fn check(&self, range: Range<usize>, inputs: &mut [f32], faults: &mut BTreeMap<usize, String>) {
        for (row, inputs) in range.zip(inputs.chunks_exact_mut(self.forest.columns())) {
            for column in &self.code_columns {
                if inputs[*column] < 0.0 {
                    inputs[*column] = -1.0;
                }
            }
            if let Some(column) = inputs.iter().position(|number| number.is_infinite()) {
                let reason = format!(
                    "{}: the number is too large for single precision",
                    self.encoder.name(column)
                );
                faults.entry(row).or_insert(reason);
            }
        }
    }

    fn answers(&self, sums: &[f32]) -> Answers {
        let scores = || sums.iter().map(|sum| f64::from(*sum));
        match self.shape {
            Shape::Value => Answers::values(scores().collect()),
            Shape::Classes => Answers::greatest(scores().collect(), self.forest.targets()),
            Shape::TwoClasses => {
                // Single precision to the end; the second class needs more than a half.
                let pairs = sums.iter().flat_map(|second| [1.0 - second, *second]);
                let chosen = sums.iter().map(|second| u32::from(*second > 0.5));
                Answers::classes(chosen.collect(), pairs.map(f64::from).collect(), 2)
            }
        }
    }
}
