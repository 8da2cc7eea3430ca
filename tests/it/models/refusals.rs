//! What is refused, with the words that people need.

use std::collections::BTreeMap;

use serde_json::Value;

use super::made::made;
use crate::support::Place;

#[test]
fn what_cannot_be_computed_exactly_is_refused_by_name() {
    let made = made();
    let place = Place::empty();
    std::fs::write(place.path("rows.jsonl"), "{}\n").unwrap();
    assert!(!made.index.refused.is_empty());
    for refused in &made.index.refused {
        let mut command = place.command();
        command.arg("predict").arg(made.path(&refused.name));
        command.args(["--in", "rows.jsonl", "--out", "answers.jsonl"]);
        let done = command.output().unwrap();
        let errors = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{}: {errors}", refused.name);
        assert!(
            errors.starts_with("error: ") && errors.contains(&refused.words),
            "{}: {errors}",
            refused.name
        );
        assert!(!place.path("answers.jsonl").exists(), "{}", refused.name);
    }
}

#[test]
fn a_package_that_answers_otherwise_than_its_library_is_refused_with_row_and_numbers() {
    let made = made();
    let place = Place::empty();
    assert_eq!(made.index.liars.len(), 2);
    for liar in &made.index.liars {
        let mut command = place.command();
        command.args(["model", "test", "--json"]);
        let done = command.arg(made.path(liar)).output().unwrap();
        let errors = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{liar}: {errors}");
        let tested: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(tested["state"], "refused", "{tested}");
        let golden = std::fs::read(made.path(liar).join("golden.json")).unwrap();
        let golden: Value = serde_json::from_slice(&golden).unwrap();
        let row = usize::try_from(tested["row"].as_u64().unwrap()).unwrap();
        let input = golden["inputs"][row].as_object().unwrap();
        assert!(
            input.values().any(Value::is_null),
            "{liar} is wrong where a value is missing, not at {input:?}"
        );
        let (expected, found) = (&tested["expected"], &tested["found"]);
        match (expected.as_f64(), found.as_f64()) {
            (Some(expected), Some(found)) => {
                assert!((expected - found).abs() > 1e-5, "{tested}");
            }
            // The labels.
            _ => assert!(expected.is_string() && found.is_string(), "{tested}"),
        }
        assert_ne!(expected, found, "{tested}");
    }
}

#[test]
fn what_has_no_package_says_why_and_what_to_do_instead() {
    let words: BTreeMap<&str, &str> = [
        ("SVC", "no predict_proba"),
        ("LinearSVC", "no predict_proba"),
        ("KNeighborsClassifier", "only ONNX Runtime computes"),
        ("poisson", "loses the exponential"),
        ("categories", "loses the categories"),
        ("pipeline", "a pipeline around LGBMClassifier"),
        ("tokenizer", "a function of your own"),
        ("stop_words", "stop_words together with ngram_range"),
        ("hashing", "HashingVectorizer has no vocabulary"),
        (
            "forest_of_texts",
            "RandomForestClassifier is no linear classifier",
        ),
        ("linear_tree", "linear trees cannot be exported"),
        ("gblinear", "gblinear cannot be exported"),
        ("another", "no fitted model of scikit-learn"),
    ]
    .into();
    let not_exported = &made().index.not_exported;
    assert_eq!(not_exported.len(), words.len());
    for not_exported in not_exported {
        let name = not_exported.name.as_str();
        let reason = not_exported.reason.as_deref();
        let reason = reason.unwrap_or_else(|| panic!("{name} was exported"));
        assert!(reason.contains(words[name]), "{name}: {reason}");
        assert!(reason.contains("; "), "{name} says no way out: {reason}");
        assert!(!reason.contains('\n'), "{name}: {reason}");
    }
}
