//! What a model expects of a row, and what it answers.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    Classification,
    Regression,
    /// A classification of texts, by one feature.
    Text,
}

impl Task {
    /// Whether its answers are labels with scores.
    pub fn has_labels(self) -> bool {
        !matches!(self, Self::Regression)
    }
}

/// What the values of a feature are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureKind {
    Number,
    Text,
}

/// One input of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    pub name: String,
    pub kind: FeatureKind,
    /// The values that the model knows, if it is a category: texts, or numbers as they were in training. An unknown
    /// one is scored as the library scores it.
    pub categories: Vec<Label>,
}

/// A label of a class, as it stands in the file: a number stays a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

/// As a key of `scores`, which is always a text.
impl Display for Label {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Number(value) => write!(formatter, "{value:?}"),
            Self::Text(value) => formatter.write_str(value),
        }
    }
}

/// Where the value of a feature stands in a row of [`Rows`](super::Rows).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The position among the numbers of a row.
    Number(usize),
    /// The position among the texts of a row.
    Text(usize),
}

/// The inputs of a model in order, and its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    pub task: Task,
    features: Vec<Feature>,
    /// By the number of the class. Empty for a regression.
    pub labels: Vec<Label>,
    slots: Vec<Slot>,
    numbers: usize,
    texts: usize,
}

impl Signature {
    pub fn new(task: Task, features: Vec<Feature>, labels: Vec<Label>) -> Self {
        let (mut numbers, mut texts) = (0, 0);
        let mut slot = |feature: &Feature| match feature.kind {
            FeatureKind::Number => {
                numbers += 1;
                Slot::Number(numbers - 1)
            }
            FeatureKind::Text => {
                texts += 1;
                Slot::Text(texts - 1)
            }
        };
        let slots = features.iter().map(&mut slot).collect();
        Self {
            task,
            features,
            labels,
            slots,
            numbers,
            texts,
        }
    }

    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Where the feature of that position stands in a row.
    pub fn slot(&self, feature: usize) -> Slot {
        self.slots[feature]
    }

    /// The numbers in a row.
    pub fn numbers(&self) -> usize {
        self.numbers
    }

    /// The texts in a row.
    pub fn texts(&self) -> usize {
        self.texts
    }
}
