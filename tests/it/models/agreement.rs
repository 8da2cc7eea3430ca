//! Whether two answers to a row are the same.

use serde_json::{Map, Value};

/// How far a number may be off, for each unit of its size.
const TOLERANCE: f64 = 1e-5;

/// How closely answers are compared.
#[derive(Clone, Copy)]
pub(super) enum Closeness {
    Tolerant,
    ToTheLastBit,
}

/// The first difference between answers as the call `predict` gives them, in words.
pub(super) fn difference(
    expected: &Value,
    found: &Value,
    closeness: Closeness,
) -> Result<(), String> {
    let differs = |what: &str| Err(format!("{what}: expected {expected}, found {found}"));
    let (Some(expected_members), Some(found_members)) = (expected.as_object(), found.as_object())
    else {
        return differs("no object");
    };
    if !expected_members.keys().eq(found_members.keys()) {
        return differs("members");
    }
    if let Some(value) = expected.get("value") {
        return match are_near(value, &found["value"], closeness) {
            true => Ok(()),
            false => differs("value"),
        };
    }
    let (Some(scores), Some(found_scores)) =
        (expected["scores"].as_object(), found["scores"].as_object())
    else {
        return differs("no scores");
    };
    if !scores.keys().eq(found_scores.keys()) {
        return differs("labels");
    }
    for (label, score) in scores {
        if !are_near(score, &found_scores[label], closeness) {
            return differs(&format!("the score of {label}"));
        }
    }
    let label = &found["label"];
    let is_tie = are_near(
        &expected["score"],
        &score_of(scores, label),
        Closeness::Tolerant,
    );
    if expected["label"] != *label && !is_tie {
        return differs("label");
    }
    match found["score"] == score_of(found_scores, label) {
        true => Ok(()),
        false => differs("score"),
    }
}

/// The score of a label, whose key is always a text.
fn score_of(scores: &Map<String, Value>, label: &Value) -> Value {
    let key = match label {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    scores.get(&key).cloned().unwrap_or_default()
}

fn are_near(expected: &Value, found: &Value, closeness: Closeness) -> bool {
    let (Some(expected), Some(found)) = (expected.as_f64(), found.as_f64()) else {
        return false;
    };
    match closeness {
        Closeness::Tolerant => (expected - found).abs() <= TOLERANCE * expected.abs().max(1.0),
        Closeness::ToTheLastBit => expected.to_bits() == found.to_bits(),
    }
}

#[test]
fn answers_are_the_same_only_if_every_number_and_label_is() {
    use serde_json::json;
    let answer = json!({"label": true, "score": 0.75, "scores": {"false": 0.25, "true": 0.75}});
    let same = |found: &Value, closeness| difference(&answer, found, closeness).is_ok();
    assert!(same(&answer, Closeness::ToTheLastBit));
    let near =
        json!({"label": true, "score": 0.750001, "scores": {"false": 0.249999, "true": 0.750001}});
    assert!(same(&near, Closeness::Tolerant));
    assert!(!same(&near, Closeness::ToTheLastBit));
    for other in [
        json!({"label": false, "score": 0.25, "scores": {"false": 0.25, "true": 0.75}}),
        json!({"label": true, "score": 0.75, "scores": {"false": 0.26, "true": 0.75}}),
        json!({"label": true, "score": 0.7, "scores": {"false": 0.25, "true": 0.75}}),
        json!({"label": true, "score": 0.75, "scores": {"true": 0.75}}),
        json!({"error": "the model's answer is not a number"}),
        json!({"value": 0.75}),
    ] {
        assert!(!same(&other, Closeness::Tolerant), "{other}");
    }
    let tie = json!({"label": 1, "score": 0.5, "scores": {"0": 0.5, "1": 0.5}});
    let taken = json!({"label": 0, "score": 0.5, "scores": {"0": 0.5, "1": 0.5}});
    assert!(difference(&tie, &taken, Closeness::Tolerant).is_ok());
}
