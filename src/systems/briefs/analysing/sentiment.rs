//! A baseline of how people feel about what they write: a linear model over words. `sentiment/train.py` has trained
//! it on reviews of shops.

use std::collections::{HashMap, HashSet};

/// What the model has learned: a weight for each word, and one without a word, which every text has.
const WEIGHTS: &str = include_str!("sentiment/weights.tsv");

/// The model.
#[derive(Debug)]
pub(crate) struct Sentiment {
    weights: HashMap<&'static str, f64>,
    intercept: f64,
}

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Positive,
    Neutral,
    Negative,
}

impl Tone {
    pub fn of(score: f64) -> Self {
        match score {
            0.6.. => Self::Positive,
            score if score <= 0.4 => Self::Negative,
            _ => Self::Neutral,
        }
    }

    /// As workbooks name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "正面",
            Self::Neutral => "中性",
            Self::Negative => "负面",
        }
    }
}

impl Default for Sentiment {
    fn default() -> Self {
        let mut weights = HashMap::new();
        let mut intercept = 0.0;
        for line in WEIGHTS.lines() {
            let (word, weight) = line.split_once('\t').expect("each line has a weight");
            let weight: f64 = weight.parse().expect("weights are numbers");
            match word {
                "" => intercept = weight,
                word => {
                    weights.insert(word, weight);
                }
            }
        }
        Self { weights, intercept }
    }
}

impl Sentiment {
    /// From 0, which is negative, to 1. Each word counts once, however often it is there.
    pub fn score<'w>(&self, words: impl Iterator<Item = &'w str>) -> f64 {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut sum = self.intercept;
        for word in words {
            if let Some((word, weight)) = self.weights.get_key_value(word)
                && seen.insert(word)
            {
                sum += weight;
            }
        }
        let score = 1.0 / (1.0 + (-sum).exp());
        // As many digits as a baseline is worth.
        (score * 10_000.0).round() / 10_000.0
    }
}
