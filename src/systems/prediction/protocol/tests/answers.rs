//! Answers, read back as a client reads them.

use super::*;
use crate::models::Answers;
use crate::systems::prediction::protocol::{Column, Written, read_outputs, write_answer};

fn written(signature: &Signature, answers: &Answers, request: Value) -> Result<Written, Fault> {
    let request = request.to_string();
    let request = InferRequest::read(request.as_bytes(), None, 10)?;
    write_answer(("churn", 3), signature, &request.reply, answers)
}

fn whole(answer: &Written) -> Value {
    assert_eq!(answer.json_length, None);
    serde_json::from_slice(&answer.bytes).unwrap()
}

fn texts(labels: &[&str]) -> Vec<Label> {
    labels
        .iter()
        .map(|label| Label::Text((*label).to_owned()))
        .collect()
}

#[test]
fn a_classification_answers_labels_and_scores() {
    let signature = signature(Task::Classification, &["a"], &texts(&["stay", "le\"ave"]));
    let answers = Answers::classes(vec![1, 0], vec![0.25, 0.75, 1.0, 0.0], 2);
    let answer = written(&signature, &answers, json!({ "id": "7", "inputs": [] })).unwrap();
    assert_eq!(
        whole(&answer),
        json!({
            "model_name": "churn", "model_version": "3", "id": "7",
            "outputs": [
                { "name": "label", "datatype": "BYTES", "shape": [2], "data": ["le\"ave", "stay"] },
                {
                    "name": "scores", "datatype": "FP64", "shape": [2, 2],
                    "parameters": { "labels": ["stay", "le\"ave"] }, "data": [0.25, 0.75, 1.0, 0.0],
                },
            ],
        })
    );
    let only = json!({ "inputs": [], "outputs": [{ "name": "scores" }] });
    let answer = whole(&written(&signature, &answers, only).unwrap());
    assert_eq!(answer["outputs"].as_array().unwrap().len(), 1);
    assert_eq!(answer["outputs"][0]["name"], "scores");
    assert!(answer.get("id").is_none());
    let unknown = json!({ "inputs": [], "outputs": [{ "name": "value" }] });
    let fault = written(&signature, &answers, unknown).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "outputs[0].name: unknown output; expected label or scores"
    );
}

#[test]
fn labels_that_are_whole_numbers_stay_numbers() {
    let signature = signature(
        Task::Classification,
        &["a"],
        &[Label::Integer(-1), Label::Integer(7)],
    );
    let answers = Answers::classes(vec![1], vec![0.5, 0.5], 2);
    let answer = whole(&written(&signature, &answers, json!({ "inputs": [] })).unwrap());
    let label = &answer["outputs"][0];
    assert_eq!(
        (&label["datatype"], &label["data"]),
        (&json!("INT64"), &json!([7]))
    );
    assert_eq!(answer["outputs"][1]["parameters"]["labels"], json!([-1, 7]));
}

#[test]
fn a_regression_answers_values() {
    let signature = regression(&["a"]);
    let answers = Answers::values(vec![12.5, -1e300]);
    let answer = whole(&written(&signature, &answers, json!({ "inputs": [] })).unwrap());
    assert_eq!(
        answer["outputs"],
        json!([{ "name": "value", "datatype": "FP64", "shape": [2], "data": [12.5, -1e300] }])
    );
}

#[test]
fn binary_data_stands_behind_the_json_in_the_order_of_the_outputs() {
    for (labels, expected) in [
        (
            texts(&["a", "東京"]),
            Column::Texts(vec![Some("東京".into()), Some("a".into())]),
        ),
        (
            vec![Label::Integer(5), Label::Integer(i64::MIN)],
            Column::Numbers(vec![i64::MIN as f64, 5.0]),
        ),
        (
            vec![Label::Integer(5), Label::Boolean(true)],
            Column::Texts(vec![Some("true".into()), Some("5".into())]),
        ),
    ] {
        let signature = signature(Task::Classification, &["a"], &labels);
        let scores = vec![0.25, 0.75, 1.0, 0.0];
        let answers = Answers::classes(vec![1, 0], scores.clone(), 2);
        let request = json!({ "inputs": [], "parameters": { "binary_data_output": true }, "outputs": [
            { "name": "scores" }, { "name": "label" },
        ] });
        let answer = written(&signature, &answers, request).unwrap();
        let length = answer.json_length.unwrap().to_string();
        let outputs = read_outputs(&answer.bytes, Some(&length)).unwrap();
        assert_eq!(outputs[0].column(), Ok(Column::Numbers(scores)));
        assert_eq!(outputs[1].column(), Ok(expected));
        assert_eq!(outputs[0].shape, [2, 2]);
    }
}

#[test]
fn one_output_may_be_binary_and_the_other_not() {
    let signature = signature(Task::Classification, &["a"], &texts(&["x", "y"]));
    let answers = Answers::classes(vec![1], vec![0.0, 1.0], 2);
    let request = json!({ "inputs": [], "parameters": { "binary_data_output": true }, "outputs": [
        { "name": "label", "parameters": { "binary_data": false } }, { "name": "scores" },
    ] });
    let answer = written(&signature, &answers, request).unwrap();
    let length = answer.json_length.unwrap();
    assert_eq!(answer.bytes.len() - length, 16);
    let json: Value = serde_json::from_slice(&answer.bytes[..length]).unwrap();
    assert_eq!(json["outputs"][0]["data"], json!(["y"]));
    assert_eq!(json["outputs"][1]["parameters"]["binary_data_size"], 16);
    assert!(json["outputs"][1].get("data").is_none());
}

#[test]
fn a_row_without_an_answer_fails_the_request() {
    let signature = regression(&["a"]);
    let mut answers = Answers::values(vec![1.0, f64::NAN, 2.0]);
    answers
        .faults
        .insert(1, "the model's answer is not a number".to_owned());
    let fault = written(&signature, &answers, json!({ "inputs": [] })).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "row 1 has no answer: the model's answer is not a number"
    );
}

#[test]
fn no_rows_have_no_answers() {
    let signature = signature(Task::Classification, &["a"], &texts(&["x", "y"]));
    let answers = Answers::classes(Vec::new(), Vec::new(), 2);
    let request = json!({ "inputs": [], "parameters": { "binary_data_output": true } });
    let answer = written(&signature, &answers, request).unwrap();
    let length = answer.json_length.unwrap().to_string();
    let outputs = read_outputs(&answer.bytes, Some(&length)).unwrap();
    assert_eq!(outputs[0].column(), Ok(Column::Texts(Vec::new())));
    assert_eq!(outputs[1].column(), Ok(Column::Numbers(Vec::new())));
}
