//! What a model answers.

use std::collections::BTreeMap;

/// The answers to rows, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    pub scores: Scores,
    /// Rows without an answer, with the reason in a sentence. What `scores` has for them means nothing.
    pub faults: BTreeMap<usize, String>,
}

/// Answers of a regression or of a classification.
#[derive(Clone, Debug, PartialEq)]
pub enum Scores {
    /// The value of each row.
    Values(Vec<f64>),
    Classes {
        /// The class of each row, as a position in the labels of the signature.
        chosen: Vec<u32>,
        /// The scores of all classes, row by row.
        scores: Vec<f64>,
        classes: usize,
    },
}

impl Answers {
    pub fn values(values: Vec<f64>) -> Self {
        Self {
            scores: Scores::Values(values),
            faults: BTreeMap::new(),
        }
    }

    /// Panics unless there is a score for each class of each row.
    pub fn classes(chosen: Vec<u32>, scores: Vec<f64>, classes: usize) -> Self {
        assert_eq!(chosen.len() * classes, scores.len());
        Self {
            scores: Scores::Classes {
                chosen,
                scores,
                classes,
            },
            faults: BTreeMap::new(),
        }
    }

    /// The answers of a classifier that gives the probability of the second of two classes, as Python libraries choose:
    /// the second one if it has more than the first.
    pub fn two_classes(second: &[f64]) -> Self {
        let scores = second.iter().flat_map(|second| [1.0 - second, *second]);
        Self::greatest(scores.collect(), 2)
    }

    /// The answers of a classifier that chooses the first of the classes with the greatest score.
    pub fn greatest(scores: Vec<f64>, classes: usize) -> Self {
        let chosen = scores.chunks_exact(classes).map(|scores| {
            let mut greatest = 0;
            for (class, score) in scores.iter().enumerate() {
                if *score > scores[greatest] {
                    greatest = class;
                }
            }
            greatest as u32
        });
        Self::classes(chosen.collect(), scores, classes)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match &self.scores {
            Scores::Values(values) => values.len(),
            Scores::Classes { chosen, .. } => chosen.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Scores {
    /// The scores of the classes of a row; empty for a regression.
    pub fn of_row(&self, row: usize) -> &[f64] {
        match self {
            Self::Values(_) => &[],
            Self::Classes {
                scores, classes, ..
            } => &scores[row * classes..(row + 1) * classes],
        }
    }
}
