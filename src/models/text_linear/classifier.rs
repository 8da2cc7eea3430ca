//! Counts of terms to scores of classes.

use super::file::{File, Link, Norm};

pub(super) struct Classifier {
    sublinear_tf: bool,
    norm: Norm,
    /// By term; empty if every term weighs the same.
    idf: Vec<f64>,
    /// By term, then by sum.
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
    link: Link,
    classes: usize,
}

impl Classifier {
    pub fn new(file: File) -> Self {
        let terms = file.vocabulary.len();
        let mut coefficients = Vec::with_capacity(terms * file.coefficients.len());
        for term in 0..terms {
            coefficients.extend(file.coefficients.iter().map(|sum| sum[term]));
        }
        Self {
            sublinear_tf: file.sublinear_tf,
            norm: file.norm,
            idf: file.idf.unwrap_or_default(),
            coefficients,
            intercepts: file.intercepts,
            link: file.link,
            classes: file.labels.len(),
        }
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Adds the scores of the classes to `scores` and answers the class that is chosen. `terms` are changed from
    /// counts to weights.
    pub fn score(&self, terms: &mut [(u32, f64)], scores: &mut Vec<f64>) -> u32 {
        self.weigh(terms);
        let start = scores.len();
        let sums = self.intercepts.len();
        scores.resize(start + sums, 0.0);
        let own = &mut scores[start..];
        for (term, weight) in terms.iter() {
            let first = *term as usize * sums;
            let coefficients = &self.coefficients[first..first + sums];
            for (score, coefficient) in own.iter_mut().zip(coefficients) {
                *score += weight * coefficient;
            }
        }
        for (score, intercept) in own.iter_mut().zip(&self.intercepts) {
            *score += intercept;
        }
        if sums < self.classes {
            let sum = scores[start];
            scores.truncate(start);
            scores.extend(self.binary(sum));
            return u32::from(sum > 0.0);
        }
        let chosen = largest(own);
        self.multiclass(own);
        chosen
    }

    fn weigh(&self, terms: &mut [(u32, f64)]) {
        for (term, weight) in terms.iter_mut() {
            if self.sublinear_tf {
                *weight = weight.ln() + 1.0;
            }
            if let Some(idf) = self.idf.get(*term as usize) {
                *weight *= idf;
            }
        }
        let weights = terms.iter().map(|(_, weight)| *weight);
        let norm = match self.norm {
            Norm::L1 => weights.map(f64::abs).sum(),
            Norm::L2 => weights.map(|weight| weight * weight).sum::<f64>().sqrt(),
            Norm::None => return,
        };
        if norm > 0.0 {
            for (_, weight) in terms.iter_mut() {
                *weight /= norm;
            }
        }
    }

    /// The scores of two classes of which only the second has a sum.
    fn binary(&self, sum: f64) -> [f64; 2] {
        match self.link {
            Link::Logistic | Link::Ovr => {
                let second = sigmoid(sum);
                [1.0 - second, second]
            }
            Link::Softmax => {
                let mut scores = [-sum, sum];
                softmax(&mut scores);
                scores
            }
            Link::None => [-sum, sum],
        }
    }

    fn multiclass(&self, scores: &mut [f64]) {
        match self.link {
            Link::Softmax => softmax(scores),
            Link::Logistic | Link::Ovr => {
                scores.iter_mut().for_each(|score| *score = sigmoid(*score));
                let total: f64 = scores.iter().sum();
                scores.iter_mut().for_each(|score| *score /= total);
            }
            Link::None => {}
        }
    }
}

/// The position of the largest, of equal ones the first.
fn largest(sums: &[f64]) -> u32 {
    let mut largest = 0;
    for (index, sum) in sums.iter().enumerate() {
        if *sum > sums[largest] {
            largest = index;
        }
    }
    u32::try_from(largest).unwrap_or(0)
}

fn sigmoid(value: f64) -> f64 {
    if value >= 0.0 {
        1.0 / (1.0 + (-value).exp())
    } else {
        let small = value.exp();
        small / (1.0 + small)
    }
}

fn softmax(scores: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - largest).exp());
    let total: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= total);
}
