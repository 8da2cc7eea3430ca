//! Models of texts, and what they must answer, computed in the plainest way from their definition.

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) const LABELS: [&str; 3] = ["negative", "neutral", "positive"];

const TERMS: [&str; 24] = [
    "a", "e", "i", "o", "t", "n", "s", "l", "v", "g", "d", "b", "h", "w", "u", "好", "差", "lo",
    "ov", "at", "gr", "aw", "e ", "好吃",
];

/// A TfidfVectorizer of one or two characters with a softmax regression.
pub(crate) struct Sentiment {
    idf: Vec<f64>,
    coefficients: Vec<Vec<f64>>,
    intercepts: Vec<f64>,
}

impl Sentiment {
    /// Models of different seeds answer differently.
    pub(crate) fn new(seed: usize) -> Self {
        let number = |at: usize| {
            let mixed = (at as u64 + 1).wrapping_mul(6_364_136_223_846_793_005);
            let mixed = mixed ^ (seed as u64).wrapping_mul(1_442_695_040_888_963_407);
            let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
            ((mixed ^ (mixed >> 33)) % 4_001) as f64 / 1_000.0 - 2.0
        };
        let idf = (0..TERMS.len()).map(|term| 1.0 + (term * 7 % 10) as f64 / 10.0);
        let of_label =
            |label: usize| (0..TERMS.len()).map(move |term| 1.5 * number(term * 3 + label));
        Self {
            idf: idf.collect(),
            coefficients: (0..LABELS.len())
                .map(|label| of_label(label).collect())
                .collect(),
            intercepts: (0..LABELS.len())
                .map(|label| number(200 + label) / 10.0)
                .collect(),
        }
    }

    /// The file of the model.
    pub(crate) fn file(&self) -> Value {
        json!({
            "format": "text-linear", "version": 1, "analyzer": "char", "token_pattern": null,
            "ngram_range": [1, 2], "lowercase": true, "sublinear_tf": false, "norm": "l2",
            "vocabulary": TERMS, "idf": self.idf, "coefficients": self.coefficients,
            "intercepts": self.intercepts, "labels": LABELS, "link": "softmax",
        })
    }

    /// The scores of the labels, for texts without runs of blanks.
    pub(crate) fn scores(&self, text: &str) -> [f64; 3] {
        let letters: Vec<char> = text.to_lowercase().chars().collect();
        let mut counts: BTreeMap<String, f64> = BTreeMap::new();
        for length in [1, 2] {
            for gram in letters.windows(length) {
                *counts.entry(gram.iter().collect()).or_default() += 1.0;
            }
        }
        let weights: Vec<f64> = TERMS
            .iter()
            .zip(&self.idf)
            .map(|(term, idf)| counts.get(*term).copied().unwrap_or(0.0) * idf)
            .collect();
        let norm = weights
            .iter()
            .map(|weight| weight * weight)
            .sum::<f64>()
            .sqrt();
        let norm = if norm == 0.0 { 1.0 } else { norm };
        let sums = [0, 1, 2].map(|label: usize| {
            let products = weights.iter().zip(&self.coefficients[label]);
            let sum: f64 = products.map(|(weight, one)| weight / norm * one).sum();
            sum + self.intercepts[label]
        });
        let powers = sums.map(f64::exp);
        powers.map(|power| power / powers.iter().sum::<f64>())
    }

    /// The best label, if its score is enough.
    pub(crate) fn best(&self, text: &str, min_score: f64) -> Vec<String> {
        let scores = self.scores(text);
        let best = (0..3)
            .max_by(|one, other| scores[*one].total_cmp(&scores[*other]))
            .unwrap();
        match scores[best] >= min_score {
            true => vec![LABELS[best].to_owned()],
            false => Vec::new(),
        }
    }

    /// All labels with enough score.
    pub(crate) fn all(&self, text: &str, min_score: f64) -> Vec<String> {
        let scores = self.scores(text).into_iter();
        let enough = scores.zip(LABELS).filter(|(score, _)| *score >= min_score);
        enough.map(|(_, label)| label.to_owned()).collect()
    }

    /// What the call `predict` answers.
    pub(crate) fn answer(&self, text: &str) -> Value {
        let scores = self.scores(text);
        let label = &self.best(text, 0.0)[0];
        let best = LABELS.iter().position(|known| known == label).unwrap();
        let all = LABELS.iter().zip(scores);
        let all: serde_json::Map<_, _> = all
            .map(|(label, score)| ((*label).to_owned(), json!(score)))
            .collect();
        json!({ "label": label, "score": scores[best], "scores": all })
    }

    /// Goldens of these texts.
    pub(crate) fn golden(&self, texts: &[&str]) -> Value {
        let inputs: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
        let outputs: Vec<Value> = texts.iter().map(|text| self.answer(text)).collect();
        json!({ "inputs": inputs, "outputs": outputs })
    }
}

/// Whether two answers are the same but for the last digits.
pub(crate) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-9
        }
        (Value::Object(one), Value::Object(others)) => {
            let same = |(name, value): (&String, &Value)| {
                others.get(name).is_some_and(|other| is_same(value, other))
            };
            one.len() == others.len() && one.iter().all(same)
        }
        (one, other) => one == other,
    }
}
