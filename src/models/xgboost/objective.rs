//! How sums begin, and how they become answers.

use crate::models::refusal::Refusal;

/// What a sum (or the sums of all classes) of a row becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Identity,
    Exponential,
    Logistic,
    /// One if the sum is above zero, else zero.
    Hinge,
    Softmax,
}

/// From `base_score`, which is on the scale of the answers, to what sums begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Itself,
    Logarithm,
    Logit,
}

/// An objective by its name in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Objective {
    pub link: Link,
    base: Base,
    /// Whether `XGBClassifier` has it by itself.
    pub is_classifier: bool,
}

impl Objective {
    pub fn find(name: &str) -> Result<Self, Refusal> {
        let (link, base, is_classifier) = match name {
            "reg:squarederror"
            | "reg:linear"
            | "reg:squaredlogerror"
            | "reg:pseudohubererror"
            | "reg:absoluteerror"
            | "reg:quantileerror"
            | "rank:ndcg"
            | "rank:map"
            | "rank:pairwise" => (Link::Identity, Base::Itself, false),
            "count:poisson" | "reg:gamma" | "reg:tweedie" | "survival:cox" | "survival:aft" => {
                (Link::Exponential, Base::Logarithm, false)
            }
            "reg:logistic" => (Link::Logistic, Base::Logit, false),
            "binary:logistic" => (Link::Logistic, Base::Logit, true),
            "binary:logitraw" => (Link::Identity, Base::Itself, false),
            "binary:hinge" => (Link::Hinge, Base::Itself, true),
            "multi:softmax" | "multi:softprob" => (Link::Softmax, Base::Itself, true),
            _ => {
                let name: String = name.chars().take(40).collect();
                return Err(Refusal::new(format!(
                    "learner.objective.name: how {name:?} turns sums into answers is not known; expected \
                     reg:squarederror, reg:squaredlogerror, reg:logistic, reg:pseudohubererror, reg:absoluteerror, \
                     reg:quantileerror, reg:gamma, reg:tweedie, count:poisson, binary:logistic, \
                     binary:logitraw, binary:hinge, multi:softmax, multi:softprob, rank:ndcg, rank:map, \
                     rank:pairwise, survival:cox or survival:aft"
                )));
            }
        };
        Ok(Self {
            link,
            base,
            is_classifier,
        })
    }

    /// What a sum begins with.
    pub fn margin(self, base_score: f32) -> Result<f32, Refusal> {
        let margin = match self.base {
            Base::Itself => base_score,
            Base::Logarithm => base_score.ln(),
            Base::Logit => -(1.0 / base_score - 1.0).ln(),
        };
        if margin.is_finite() {
            Ok(margin)
        } else {
            Err(Refusal::new(format!(
                "learner.learner_model_param.base_score: expected what the objective can answer, found {base_score}"
            )))
        }
    }
}

impl Link {
    /// Turns the sums of one row into its answers.
    pub fn apply(self, sums: &mut [f32]) {
        match self {
            Self::Softmax => softmax(sums),
            _ => sums.iter_mut().for_each(|sum| *sum = self.of(*sum)),
        }
    }

    fn of(self, sum: f32) -> f32 {
        match self {
            Self::Identity | Self::Softmax => sum,
            Self::Exponential => sum.exp(),
            // The limit is the library's, against infinity.
            Self::Logistic => 1.0 / ((-sum).min(88.7).exp() + 1.0 + 1e-16),
            Self::Hinge => f32::from(u8::from(sum > 0.0)),
        }
    }
}

/// The total is in double precision, as the library has it.
fn softmax(sums: &mut [f32]) {
    let greatest = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for sum in sums.iter_mut() {
        *sum = (*sum - greatest).exp();
        total += f64::from(*sum);
    }
    sums.iter_mut().for_each(|sum| *sum /= total as f32);
}
