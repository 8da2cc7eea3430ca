use serde_json::{Value, json};

use super::{Golden, Mismatch, compare};
use crate::models::{Answers, Feature, FeatureKind, Label, Signature, Task};

fn number(name: &str) -> Feature {
    Feature {
        name: name.into(),
        kind: FeatureKind::Number,
        categories: Vec::new(),
    }
}

fn churn() -> Signature {
    let labels = vec![
        Label::Text("stay".into()),
        Label::Integer(1),
        Label::Boolean(true),
    ];
    Signature::new(
        Task::Classification,
        vec![number("age"), number("fare")],
        labels,
    )
}

fn price() -> Signature {
    Signature::new(Task::Regression, vec![number("age")], Vec::new())
}

fn golden(value: &Value) -> Result<Golden, String> {
    Golden::parse(value.to_string().as_bytes()).map_err(|refusal| refusal.message)
}

/// A golden whose outputs are these.
fn expecting(outputs: &[Value]) -> Golden {
    let inputs: Vec<Value> = outputs.iter().map(|_| json!({"age": 1})).collect();
    golden(&json!({"inputs": inputs, "outputs": outputs})).unwrap()
}

#[test]
fn faults_of_the_shape_name_their_place() {
    let good = json!({"value": 1.0});
    for (value, expected) in [
        (
            json!([]),
            "golden.json: expected an object with the lists `inputs` and `outputs`",
        ),
        (
            json!({"inputs": []}),
            "golden.json: outputs: is missing; expected a list of rows",
        ),
        (
            json!({"inputs": 5, "outputs": []}),
            "golden.json: inputs: expected a list of rows, found 5",
        ),
        (
            json!({"inputs": [], "outputs": []}),
            "golden.json: inputs: has no rows, which proves nothing; expected at least one",
        ),
        (
            json!({"inputs": [{"a": 1}], "outputs": [good, good]}),
            "golden.json: expected an output for each input, found 1 inputs and 2 outputs",
        ),
        (
            json!({"inputs": [1], "outputs": [good]}),
            "golden.json: inputs[0]: expected an object, found 1",
        ),
        (
            json!({"inputs": [{"age": [1]}], "outputs": [good]}),
            "golden.json: inputs[0].age: expected a number, a text or null, found a list",
        ),
        (
            json!({"inputs": [{"age": true}], "outputs": [good]}),
            "golden.json: inputs[0].age: expected a number, a text or null, found true",
        ),
        (
            json!({"inputs": [{}], "outputs": [{"value": "1"}]}),
            "golden.json: outputs[0].value: expected a number, found \"1\"",
        ),
        (
            json!({"inputs": [{}], "outputs": [{"value": null}]}),
            "golden.json: outputs[0].value: expected a number, found null",
        ),
        (
            json!({"inputs": [{}], "outputs": [{"label": null}]}),
            "golden.json: outputs[0].label: expected a text, a number or a boolean, found null",
        ),
        (
            json!({"inputs": [{}], "outputs": [{"label": "a", "scores": [1]}]}),
            "golden.json: outputs[0].scores: expected an object of labels and their scores, found a list",
        ),
        (
            json!({"inputs": [{}], "outputs": [{"label": "a", "scores": {"a b": "x"}}]}),
            "golden.json: outputs[0].scores[\"a b\"]: expected a number, found \"x\"",
        ),
        (
            json!({"inputs": [{}], "outputs": [{"label": "a", "value": 1}]}),
            "golden.json: outputs[0]: expected a label with score and scores, or only a value",
        ),
        (
            json!({"inputs": [{}], "outputs": [{}]}),
            "golden.json: outputs[0]: expected a label with score and scores, or only a value",
        ),
        (
            json!({"inputs": [{}], "outputs": [{"lable": 1}]}),
            "golden.json: outputs[0].lable: is not known; expected label, score and scores, or value",
        ),
        (
            json!({"inputs": [{}], "outputs": [good], "x": 1}),
            "golden.json: \"x\" is not known; expected only `inputs` and `outputs`",
        ),
    ] {
        assert_eq!(golden(&value).unwrap_err(), expected);
    }
    let nan = Golden::parse(br#"{"inputs": [{"a": NaN}], "outputs": [{"value": 1}]}"#);
    assert!(
        nan.unwrap_err()
            .message
            .contains("NaN is not a number of JSON")
    );
    let twice = Golden::parse(br#"{"inputs": [{"a": 1, "a": 2}], "outputs": [{"value": 1}]}"#);
    assert!(twice.unwrap_err().message.contains("`a` is given twice"));
}

#[test]
fn numbers_agree_within_a_share_of_their_size() {
    for (expected, found, agrees) in [
        (0.0, 0.9e-5, true),
        (0.0, 1.1e-5, false),
        (0.5, 0.500_009, true),
        (0.5, 0.500_011, false),
        (1e6, 1e6 + 9.0, true),
        (1e6, 1e6 + 11.0, false),
        (-1e6, -1e6 - 11.0, false),
        (1e-9, 2e-9, true),
        (1e300, 1.1e300, false),
    ] {
        let golden = expecting(&[json!({"value": expected})]);
        let compared = compare(&price(), &golden, &Answers::values(vec![found]));
        assert_eq!(compared.is_ok(), agrees, "{expected} {found}");
    }
}

#[test]
fn a_mismatch_names_the_row_and_both_numbers() {
    let golden = expecting(&[json!({"value": 1.0}), json!({"value": 12.3})]);
    let mismatch = compare(&price(), &golden, &Answers::values(vec![1.0, 12.5])).unwrap_err();
    let expected = Mismatch {
        row: 1,
        reason: "row 1: expected value 12.3, found 12.5".into(),
        expected: Box::new(json!(12.3)),
        found: Box::new(json!(12.5)),
    };
    assert_eq!(mismatch, expected);
}

#[test]
fn labels_agree_exactly_but_for_ties() {
    let scores = vec![0.5, 0.499_999, 0.000_001];
    for (expected, reason) in [
        (json!({"label": "stay"}), None),
        (json!({"label": 1}), None),
        (json!({"label": 1.0, "score": 0.5}), None),
        (
            json!({"label": true}),
            Some("row 0: expected the label true, found \"stay\""),
        ),
        (
            json!({"label": "1"}),
            Some("row 0: expected the label \"1\", found \"stay\""),
        ),
        (
            json!({"label": "Stay"}),
            Some("row 0: expected the label \"Stay\", found \"stay\""),
        ),
        (
            json!({"label": "stay", "score": 0.6}),
            Some("row 0: expected the score 0.6, found 0.5"),
        ),
        (
            json!({"label": "stay", "scores": {"stay": 0.5, "1": 0.5, "True": 0}}),
            None,
        ),
        (
            json!({"label": "stay", "scores": {"stay": 0.5, "1": 0.4, "true": 0}}),
            Some("row 0: expected 1 0.4, found 0.499999"),
        ),
        (
            json!({"label": "stay", "scores": {"stay": 0.5, "1": 0.5}}),
            Some("row 0: expected no score of the label null, found true"),
        ),
        (
            json!({"label": "stay", "scores": {"go": 0.5}}),
            Some("row 0: expected a score of the label \"go\", found \"no such label\""),
        ),
        (
            json!({"value": 1}),
            Some("row 0: expected a value 1, found \"stay\""),
        ),
    ] {
        let answers = Answers::classes(vec![0], scores.clone(), 3);
        let compared = compare(
            &churn(),
            &expecting(std::slice::from_ref(&expected)),
            &answers,
        );
        let found = compared.err().map(|mismatch| mismatch.reason);
        assert_eq!(found.as_deref(), reason, "{expected}");
    }
    let mismatch = compare(
        &price(),
        &expecting(&[json!({"label": "a"})]),
        &Answers::values(vec![2.0]),
    );
    assert_eq!(
        mismatch.unwrap_err().reason,
        "row 0: expected a label \"a\", found 2.0"
    );
}

#[test]
fn a_row_without_an_answer_is_a_mismatch() {
    let mut answers = Answers::values(vec![f64::NAN]);
    answers
        .faults
        .insert(0, "the model's answer is not a number".into());
    let mismatch = compare(&price(), &expecting(&[json!({"value": 1})]), &answers).unwrap_err();
    assert_eq!(
        mismatch.reason,
        "row 0: expected an answer, found \"the model's answer is not a number\""
    );
    assert_eq!(*mismatch.expected, json!({"value": 1}));
    let none = compare(&price(), &Golden::default(), &Answers::values(Vec::new())).unwrap_err();
    assert_eq!(
        none.reason,
        "expected an answer to each row, found 0 rows and 0 answers"
    );
}

#[test]
fn inputs_are_read_as_the_model_takes_them() {
    let golden = golden(&json!({
        "inputs": [{"age": 1, "fare": 2}, {"age": null, "fare": "x"}],
        "outputs": [{"label": 1}, {"label": 1}],
    }))
    .unwrap();
    let mismatch = golden.rows(&churn()).unwrap_err();
    assert_eq!(mismatch.row, 1);
    assert_eq!(
        mismatch.reason,
        "inputs[1].fare: expected a number or null, found \"x\""
    );
    assert_eq!(golden.without_missing(&churn()), ["fare"]);
}
