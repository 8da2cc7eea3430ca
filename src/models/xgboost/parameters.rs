//! Numbers that a file has as texts.

use std::str::FromStr;

use crate::models::refusal::Refusal;

/// A parameter; the default if the file does not have it, as old ones do not.
pub(super) fn parameter<N: FromStr>(
    name: &str,
    text: Option<&str>,
    default: N,
) -> Result<N, Refusal> {
    let Some(text) = text else {
        return Ok(default);
    };
    text.trim()
        .parse()
        .map_err(|_| unexpected(name, "a number", text))
}

/// `base_score`: a number, or since XGBoost 3.1 a list such as `[5E-1]`.
pub(super) fn base_scores(text: Option<&str>) -> Result<Vec<f32>, Refusal> {
    const NAME: &str = "learner.learner_model_param.base_score";
    let text = text.ok_or_else(|| Refusal::new(format!("{NAME} is missing")))?;
    let list = text.trim().strip_prefix('[').unwrap_or(text.trim());
    let list = list.strip_suffix(']').unwrap_or(list);
    let numbers = list.split(',').map(|number| number.trim().parse());
    let numbers: Result<Vec<f32>, _> = numbers.collect();
    match numbers {
        Ok(numbers) if numbers.iter().all(|number| number.is_finite()) => Ok(numbers),
        _ => Err(unexpected(NAME, "a number or a list of numbers", text)),
    }
}

fn unexpected(name: &str, expected: &str, found: &str) -> Refusal {
    let found: String = found.chars().take(40).collect();
    Refusal::new(format!("{name}: expected {expected}, found {found:?}"))
}
