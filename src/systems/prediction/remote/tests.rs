use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answers::answers_of;
use super::file::RemoteFile;
use super::layout::lay_out;
use super::metadata::{ModelMetadata, ServerMetadata};
use crate::models::{
    Answers, Description, Feature, FeatureKind, Label, Refusal, Scores, Signature, Task,
};
use crate::systems::prediction::protocol::{Asking, read_outputs};

fn feature(name: &str, kind: FeatureKind) -> Feature {
    Feature {
        name: name.to_owned(),
        kind,
        categories: Vec::new(),
    }
}

fn numbers(names: &[&str]) -> Option<Vec<Feature>> {
    let features = names.iter().map(|name| feature(name, FeatureKind::Number));
    Some(features.collect())
}

fn labels(labels: &[&str]) -> Option<Vec<Label>> {
    let labels = labels.iter().map(|label| Label::Text((*label).to_owned()));
    Some(labels.collect())
}

fn tensor(name: &str, datatype: &str, shape: Value) -> Value {
    json!({ "name": name, "datatype": datatype, "shape": shape })
}

fn laid_out(
    inputs: Value,
    outputs: Value,
    description: Description,
) -> Result<(Description, Asking), Refusal> {
    let model = json!({ "name": "m", "platform": "", "inputs": inputs, "outputs": outputs });
    let model: ModelMetadata = serde_json::from_value(model).unwrap();
    let server = json!({ "name": "triton", "version": "2", "extensions": ["binary_tensor_data"] });
    let server: ServerMetadata = serde_json::from_value(server).unwrap();
    lay_out(&server, &model, description)
}

fn refused(inputs: Value, outputs: Value, description: Description) -> String {
    laid_out(inputs, outputs, description).unwrap_err().message
}

#[test]
fn a_server_of_our_own_says_all_that_is_to_be_known() {
    let mut scores = tensor("scores", "FP64", json!([-1, 2]));
    scores["parameters"] = json!({ "labels": ["stay", 7] });
    let inputs = json!([
        tensor("age", "FP64", json!([-1])),
        tensor("city", "BYTES", json!([-1]))
    ]);
    let outputs = json!([tensor("label", "BYTES", json!([-1])), scores]);
    let (description, asking) = laid_out(inputs, outputs, Description::default()).unwrap();
    assert_eq!(description.task, Some(Task::Classification));
    assert_eq!(
        description.features.unwrap(),
        [
            feature("age", FeatureKind::Number),
            feature("city", FeatureKind::Text)
        ]
    );
    assert_eq!(
        description.labels.unwrap(),
        [Label::Text("stay".to_owned()), Label::Integer(7)]
    );
    assert_eq!(asking.outputs, ["scores", "label"]);
    assert!(asking.binary && !asking.takes_null);
    let features: Vec<_> = asking
        .inputs
        .iter()
        .map(|input| input.features.clone())
        .collect();
    assert_eq!(features, [[0], [1]]);
}

#[test]
fn the_columns_of_a_matrix_are_named_by_the_description() {
    let inputs = || json!([tensor("input__0", "FP32", json!([-1, 2]))]);
    let outputs = json!([tensor("output__0", "FP32", json!([-1]))]);
    let described = |features: &[&str]| Description {
        task: Some(Task::Regression),
        features: numbers(features),
        labels: None,
    };
    let (_, asking) = laid_out(inputs(), outputs.clone(), described(&["a", "b"])).unwrap();
    assert_eq!(asking.inputs[0].features, [0, 1]);
    assert!(asking.inputs[0].is_matrix);
    assert_eq!(asking.outputs, ["output__0"]);
    assert_eq!(
        refused(inputs(), outputs.clone(), described(&["a"])),
        "the input `input__0` has 2 columns; expected as many features in model.yaml, found 1"
    );
    assert_eq!(
        refused(inputs(), outputs.clone(), described(&["a", "b", "c"])),
        "the input `input__0` has 2 columns; expected as many features in model.yaml, found 3"
    );
    let undescribed = refused(inputs(), outputs, Description::default());
    assert!(
        undescribed.contains("expected `features` in model.yaml"),
        "{undescribed}"
    );
}

#[test]
fn a_model_that_does_not_fit_its_description_is_refused() {
    let value = || json!([tensor("value", "FP64", json!([-1]))]);
    let a = || json!([tensor("a", "FP64", json!([-1]))]);
    let described = |features| Description {
        features: numbers(features),
        ..Description::default()
    };
    for (inputs, outputs, description, expected) in [
        (
            a(),
            value(),
            described(&["b"]),
            "the model takes the input `a`, which is not among the features in model.yaml",
        ),
        (
            a(),
            value(),
            described(&["a", "b"]),
            "the model has no input for the feature `b` of model.yaml",
        ),
        (
            json!([tensor("a", "BYTES", json!([-1]))]),
            value(),
            described(&["a"]),
            "the input `a` has the type BYTES; expected a type of numbers",
        ),
        (
            json!([tensor("a", "BOOL", json!([-1]))]),
            value(),
            Description::default(),
            "the input `a` has the type BOOL; expected a type of numbers",
        ),
        (
            json!([tensor("a", "FP64", json!([-1, 2, 3]))]),
            value(),
            Description::default(),
            "the input `a` has the shape [-1, 2, 3]; expected [N] or [N, 1] of inputs that are one feature each",
        ),
        (
            json!([]),
            value(),
            Description::default(),
            "the server does not say which inputs the model takes",
        ),
        (
            a(),
            json!([tensor("x", "FP64", json!([-1]))]),
            Description::default(),
            "the outputs of the model do not say what it does; expected `task` in model.yaml",
        ),
        (
            a(),
            json!([tensor("value", "FP64", json!([-1, 2]))]),
            Description::default(),
            "the output `value` has 2 values for each row; expected one",
        ),
        (
            a(),
            json!([tensor("scores", "FP64", json!([-1, 3]))]),
            Description {
                labels: labels(&["x", "y"]),
                ..Description::default()
            },
            "the output `scores` has 3 scores for 2 labels",
        ),
        (
            a(),
            json!([tensor("scores", "FP64", json!([-1, 2]))]),
            Description::default(),
            "the server does not say the labels; expected `labels` in model.yaml",
        ),
        (
            a(),
            json!([tensor("label", "BYTES", json!([-1]))]),
            Description::default(),
            "expected an output `scores`, or one output of numbers; found label",
        ),
    ] {
        assert_eq!(refused(inputs, outputs, description), expected);
    }
}

#[test]
fn a_model_of_one_text_is_a_text_model() {
    let inputs = json!([tensor("text", "BYTES", json!([-1, 1]))]);
    let outputs = json!([tensor("probabilities", "FP32", json!([-1, 2]))]);
    let description = Description {
        labels: labels(&["bad", "good"]),
        ..Description::default()
    };
    let (description, asking) = laid_out(inputs, outputs, description).unwrap();
    assert_eq!(description.task, Some(Task::Text));
    assert_eq!(asking.outputs, ["probabilities"]);
    assert!(asking.inputs[0].is_matrix);
}

fn answers(
    signature: &Signature,
    names: &[&str],
    outputs: Value,
    rows: usize,
) -> Result<Answers, String> {
    let body = json!({ "model_name": "m", "outputs": outputs }).to_string();
    let tensors = read_outputs(body.as_bytes(), None).unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    answers_of(signature, &names, &tensors, rows, BTreeMap::new())
}

fn output(name: &str, datatype: &str, shape: Value, data: Value) -> Value {
    json!({ "name": name, "datatype": datatype, "shape": shape, "data": data })
}

#[test]
fn tensors_become_answers() {
    let features = || numbers(&["a"]).unwrap();
    let regression = Signature::new(Task::Regression, features(), Vec::new());
    let values = json!([output(
        "value",
        "FP32",
        json!([2, 1]),
        json!([[0.5], [1.5]])
    )]);
    assert_eq!(
        answers(&regression, &["value"], values, 2),
        Ok(Answers::values(vec![0.5, 1.5]))
    );
    let two = Signature::new(
        Task::Classification,
        features(),
        labels(&["x", "y"]).unwrap(),
    );
    let scores = || {
        output(
            "scores",
            "FP64",
            json!([2, 2]),
            json!([0.5, 0.5, 0.25, 0.75]),
        )
    };
    assert_eq!(
        answers(&two, &["scores"], json!([scores()]), 2),
        Ok(Answers::classes(vec![0, 1], vec![0.5, 0.5, 0.25, 0.75], 2))
    );
    let label = output("label", "BYTES", json!([2]), json!(["y", "y"]));
    assert_eq!(
        answers(&two, &["scores", "label"], json!([scores(), label]), 2),
        Ok(Answers::classes(vec![1, 1], vec![0.5, 0.5, 0.25, 0.75], 2))
    );
    let second = json!([output("p", "FP64", json!([2]), json!([0.25, 1]))]);
    assert_eq!(
        answers(&two, &["p"], second, 2),
        Ok(Answers::classes(vec![0, 1], vec![0.75, 0.25, 0.0, 1.0], 2))
    );
    let whole = Signature::new(
        Task::Classification,
        features(),
        vec![Label::Integer(-1), Label::Number(1.5)],
    );
    let label = output("label", "FP64", json!([2]), json!([1.5, -1]));
    let answered = answers(&whole, &["scores", "label"], json!([scores(), label]), 2).unwrap();
    assert!(matches!(answered.scores, Scores::Classes { chosen, .. } if chosen == [1, 0]));
}

#[test]
fn answers_that_do_not_fit_are_refused() {
    let two = Signature::new(
        Task::Classification,
        numbers(&["a"]).unwrap(),
        labels(&["x", "y"]).unwrap(),
    );
    let scores = |shape, data| output("scores", "FP64", shape, data);
    let fine = || scores(json!([1, 2]), json!([0.5, 0.5]));
    for (names, outputs, expected) in [
        (&["scores"][..], json!([]), "the output `scores` is missing"),
        (
            &["scores"],
            json!([scores(json!([2, 2]), json!([1, 2, 3, 4]))]),
            "the output `scores` has the shape [2, 2]; expected 1 rows",
        ),
        (
            &["scores"],
            json!([scores(json!([1, 2]), json!([1, "x"]))]),
            "outputs[0].data[1]: expected a number or null, found \"x\"",
        ),
        (
            &["scores"],
            json!([output("scores", "BYTES", json!([1]), json!(["x"]))]),
            "the output `scores` has texts",
        ),
        (
            &["scores"],
            json!([scores(json!([1, 3]), json!([1, 2, 3]))]),
            "the output `scores` has 3 values; expected 2",
        ),
        (
            &["scores", "label"],
            json!([fine(), output("label", "BYTES", json!([1]), json!(["z"]))]),
            "the output `label` has the unknown label `z`",
        ),
        (
            &["scores", "label"],
            json!([fine(), output("label", "BYTES", json!([0]), json!([]))]),
            "the output `label` has the shape [0]; expected 1 rows",
        ),
    ] {
        assert_eq!(answers(&two, names, outputs, 1).unwrap_err(), expected);
    }
    let missing = json!([scores(json!([1, 2]), json!([0.5, null]))]);
    let answered = answers(&two, &["scores"], missing, 1).unwrap();
    assert_eq!(answered.faults[&0], "the model's answer is not a number");
}

fn file(value: Value) -> Result<RemoteFile, Refusal> {
    RemoteFile::read(value.to_string().as_bytes())
}

#[test]
fn a_file_names_a_model_of_a_server() {
    let read =
        file(json!({ "url": "http://models.example:8000/a/", "model": "b c/d", "version": 3 }))
            .unwrap();
    assert_eq!(
        read.server_url().as_str(),
        "http://models.example:8000/a/v2"
    );
    assert_eq!(
        read.model_url(Some("infer")).as_str(),
        "http://models.example:8000/a/v2/models/b%20c%2Fd/versions/3/infer"
    );
    assert_eq!(RemoteFile::read(&read.to_bytes()).unwrap(), read);
    let newest = file(json!({ "url": "https://models.example", "model": "m" })).unwrap();
    assert_eq!(
        newest.model_url(None).as_str(),
        "https://models.example/v2/models/m"
    );
}

#[test]
fn a_file_that_names_none_is_refused() {
    for (value, expected) in [
        (
            json!({ "url": "http://u:p@models.example", "model": "m" }),
            "url: expected http://",
        ),
        (
            json!({ "url": "http://models.example?token=s3cret", "model": "m" }),
            "url: expected http://",
        ),
        (
            json!({ "url": "http://models.example/v2/", "model": "m" }),
            "url: expected http://",
        ),
        (
            json!({ "url": "file:///etc/passwd", "model": "m" }),
            "url: expected http://",
        ),
        (
            json!({ "url": "models.example", "model": "m" }),
            "url: expected http://",
        ),
        (
            json!({ "url": "http://models.example", "model": "" }),
            "model: expected the name",
        ),
        (
            json!({ "url": "http://models.example", "model": "m", "version": [] }),
            "version: expected a text",
        ),
        (
            json!({ "url": "http://models.example" }),
            "expected {\"url\", \"model\", \"version\"} of a server: missing field `model`",
        ),
        (
            json!({ "url": "http://models.example", "model": "m", "token": "x" }),
            "expected {\"url\", \"model\", \"version\"} of a server: unknown field `token`",
        ),
        (
            json!([]),
            "expected {\"url\", \"model\", \"version\"} of a server",
        ),
    ] {
        let refused = file(value).unwrap_err().message;
        assert!(refused.starts_with(expected), "{refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
    }
}
