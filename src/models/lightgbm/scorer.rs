//! Scores rows with the trees of a file.

use std::collections::BTreeMap;

use super::objective::Link;
use crate::models::answers::Answers;
use crate::models::forest::Forest;
use crate::models::inputs::Encoder;
use crate::models::model::Scorer;
use crate::models::rows::Rows;

/// Rows whose columns are in memory at once.
const ROWS_AT_ONCE: usize = 512;

/// What the answers of a row are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    Value,
    /// The answer is the probability of the second of two classes.
    TwoClasses,
    Classes,
}

#[derive(Debug)]
pub(super) struct LightGbm {
    pub forest: Forest<f64>,
    pub encoder: Encoder,
    /// The number that the sums are divided by.
    pub divisor: Option<f64>,
    pub link: Link,
    pub shape: Shape,
}

impl Scorer for LightGbm {
    fn score(&self, rows: &Rows) -> Answers {
        let mut faults = BTreeMap::new();
        let mut sums = vec![0.0; rows.len() * self.forest.targets()];
        self.add_trees(rows, &mut sums, &mut faults);
        for sums in sums.chunks_exact_mut(self.forest.targets()) {
            if let Some(divisor) = self.divisor {
                sums.iter_mut().for_each(|sum| *sum /= divisor);
            }
            self.link.apply(sums);
        }
        let mut answers = match self.shape {
            Shape::Value => Answers::values(sums),
            Shape::TwoClasses => Answers::two_classes(&sums),
            Shape::Classes => Answers::greatest(sums, self.forest.targets()),
        };
        answers.faults = faults;
        answers
    }
}

impl LightGbm {
    fn add_trees(&self, rows: &Rows, sums: &mut [f64], faults: &mut BTreeMap<usize, String>) {
        if self.encoder.is_identity() {
            return self.forest.add(rows.all_numbers(), sums);
        }
        let targets = self.forest.targets();
        let mut inputs = Vec::with_capacity(rows.len().min(ROWS_AT_ONCE) * self.forest.columns());
        for first in (0..rows.len()).step_by(ROWS_AT_ONCE) {
            let end = rows.len().min(first + ROWS_AT_ONCE);
            inputs.clear();
            self.encoder.encode(
                rows,
                first..end,
                |number| inputs.push(number),
                |row, reason| {
                    faults.insert(row, reason);
                },
            );
            self.forest
                .add(&inputs, &mut sums[first * targets..end * targets]);
        }
    }
}
