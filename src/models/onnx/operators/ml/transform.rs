//! What the classifiers and regressors of `ai.onnx.ml` do with their scores at the end (`post_transform`).

use std::f32::consts::{PI, SQRT_2};

use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::trouble::Trouble;

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Transform {
    None,
    Softmax,
    Logistic,
    SoftmaxZero,
    Probit,
}

impl Transform {
    pub fn read(attributes: &mut Attributes) -> Result<Self, Trouble> {
        let Some(name) = attributes.text("post_transform")? else {
            return Ok(Self::None);
        };
        name.parse()
            .map_err(|_| Trouble::invalid(format!("there is no post_transform {name}")))
    }

    /// Transforms the scores of a row, one for each class or target.
    pub fn apply(self, scores: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Softmax => softmax(scores),
            Self::Logistic => scores
                .iter_mut()
                .for_each(|score| *score = logistic(*score)),
            Self::SoftmaxZero => softmax_zero(scores),
            Self::Probit => scores.iter_mut().for_each(|score| *score = probit(*score)),
        }
    }
}

/// Without overflow on either side of zero.
pub fn logistic(value: f32) -> f32 {
    let positive = 1.0 / (1.0 + (-value.abs()).exp());
    if value < 0.0 {
        1.0 - positive
    } else {
        positive
    }
}

pub fn softmax(scores: &mut [f32]) {
    let greatest = greatest(scores);
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = (*score - greatest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

/// As softmax, but scores of zero stay near zero.
fn softmax_zero(scores: &mut [f32]) {
    const NEAR_ZERO: f32 = 1e-7;
    let greatest = greatest(scores);
    let factor = (-greatest).exp();
    let mut sum = 0.0;
    for score in &mut *scores {
        if score.abs() > NEAR_ZERO {
            *score = (*score - greatest).exp();
            sum += *score;
        } else {
            *score *= factor;
        }
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

fn greatest(scores: &[f32]) -> f32 {
    scores.iter().copied().fold(f32::MIN, f32::max)
}

/// The approximation that ONNX Runtime has for the inverse of the normal distribution.
fn probit(value: f32) -> f32 {
    SQRT_2 * inverse_erf(2.0 * value - 1.0)
}

fn inverse_erf(value: f32) -> f32 {
    const A: f32 = 0.147;
    let sign = if value < 0.0 { -1.0 } else { 1.0 };
    let log = ((1.0 - value) * (1.0 + value)).ln();
    let first = 2.0 / (PI * A) + 0.5 * log;
    sign * (-first + (first * first - log / A).sqrt()).sqrt()
}
