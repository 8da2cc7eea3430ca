//! How sums become answers.

use super::fields::Field;
use super::lines::quoted;
use crate::models::refusal::Refusal;

/// What the line `objective=…` says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objective {
    /// As it stands in the file; empty if there is no such line.
    pub name: String,
    pub link: Link,
}

/// What a sum (or the sums of all classes) of a row becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Link {
    Identity,
    /// The square, with the sign of the sum: the objective learned square roots.
    Square,
    Exponential,
    /// log(1 + e^x)
    LogOnePlusExponential,
    /// The probability of the second of two classes.
    Logistic {
        sigmoid: f64,
    },
    Softmax,
    /// A probability for each class by itself.
    LogisticEach {
        sigmoid: f64,
    },
}

impl Objective {
    /// Without an objective (or with one of the trainer's own) the sums are the answers.
    pub fn read(field: Option<Field<'_>>, sums: usize) -> Result<Self, Refusal> {
        let Some(field) = field else {
            return Ok(Self {
                name: String::new(),
                link: Link::Identity,
            });
        };
        let name = field.words().next().unwrap_or_default();
        let link = match name {
            "" | "custom" | "none" | "lambdarank" | "rank_xendcg" => Link::Identity,
            "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape" => {
                if field.words().any(|word| word == "sqrt") {
                    Link::Square
                } else {
                    Link::Identity
                }
            }
            "poisson" | "gamma" | "tweedie" => Link::Exponential,
            "cross_entropy" => Link::Logistic { sigmoid: 1.0 },
            "cross_entropy_lambda" => Link::LogOnePlusExponential,
            "binary" => Link::Logistic {
                sigmoid: sigmoid(field)?,
            },
            "multiclass" => Link::Softmax,
            "multiclassova" => Link::LogisticEach {
                sigmoid: sigmoid(field)?,
            },
            _ => {
                return Err(field.refusal(format!(
                    "how {} turns sums into answers is not known; expected binary, multiclass, multiclassova, \
                     regression, regression_l1, huber, fair, quantile, mape, poisson, gamma, tweedie, \
                     cross_entropy, cross_entropy_lambda, lambdarank or rank_xendcg",
                    quoted(name)
                )));
            }
        };
        let classes = match link {
            Link::Softmax | Link::LogisticEach { .. } => Some(classes(field)?),
            _ => None,
        };
        match classes {
            Some(classes) if classes != sums => Err(field.refusal(format!(
                "expected num_class:{sums} as the model has trees in an iteration, found {classes}"
            ))),
            None if sums != 1 && !matches!(name, "" | "custom" | "none") => {
                Err(field.refusal(format!("expected one tree in an iteration, found {sums}")))
            }
            _ => Ok(Self {
                name: name.to_owned(),
                link,
            }),
        }
    }
}

/// The value of `key:value` among the words of an objective.
fn option<'f>(field: Field<'f>, key: &str) -> Option<Field<'f>> {
    field.words().find_map(|word| {
        let (found, value) = word.split_once(':')?;
        (found == key).then_some(Field { value, ..field })
    })
}

fn sigmoid(field: Field<'_>) -> Result<f64, Refusal> {
    let sigmoid = option(field, "sigmoid").map(|sigmoid| sigmoid.number());
    match sigmoid.transpose()?.unwrap_or(1.0) {
        sigmoid if sigmoid > 0.0 => Ok(sigmoid),
        sigmoid => Err(field.refusal(format!("expected a sigmoid above 0, found {sigmoid}"))),
    }
}

fn classes(field: Field<'_>) -> Result<usize, Refusal> {
    match option(field, "num_class") {
        Some(classes) => classes.number(),
        None => Err(field.refusal("expected num_class:…, which is missing")),
    }
}

impl Link {
    /// Turns the sums of one row into its answers, as the library computes them.
    pub fn apply(self, sums: &mut [f64]) {
        match self {
            Self::Softmax => softmax(sums),
            _ => sums.iter_mut().for_each(|sum| *sum = self.of(*sum)),
        }
    }

    fn of(self, sum: f64) -> f64 {
        match self {
            Self::Identity | Self::Softmax => sum,
            Self::Square => sign(sum) * sum * sum,
            Self::Exponential => sum.exp(),
            Self::LogOnePlusExponential => sum.exp().ln_1p(),
            Self::Logistic { sigmoid } | Self::LogisticEach { sigmoid } => {
                1.0 / (1.0 + (-sigmoid * sum).exp())
            }
        }
    }
}

fn sign(value: f64) -> f64 {
    f64::from(i8::from(value > 0.0) - i8::from(value < 0.0))
}

fn softmax(sums: &mut [f64]) {
    let greatest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for sum in sums.iter_mut() {
        *sum = (*sum - greatest).exp();
        total += *sum;
    }
    sums.iter_mut().for_each(|sum| *sum /= total);
}
