use serde_json::json;

use super::{Model, Scorer};
use crate::models::{
    Answers, Feature, FeatureKind, Format, Golden, Label, Package, Refusal, Rows, RowsBuilder,
    Scores, Signature, Task, prove,
};

/// Answers always the same.
struct Always(Answers);

impl Scorer for Always {
    fn score(&self, _: &Rows) -> Answers {
        self.0.clone()
    }
}

fn number(name: &str) -> Feature {
    Feature {
        name: name.into(),
        kind: FeatureKind::Number,
        categories: Vec::new(),
    }
}

fn model(signature: Signature, answers: Answers) -> Result<Model, Refusal> {
    Model::new(Format::Onnx, signature, Box::new(Always(answers)))
}

fn regression(values: &[f64]) -> Model {
    let signature = Signature::new(Task::Regression, vec![number("age")], Vec::new());
    model(signature, Answers::values(values.to_vec())).unwrap()
}

fn rows(model: &Model, count: usize) -> Rows {
    let mut builder = RowsBuilder::new(&model.signature);
    (0..count).for_each(|_| builder.begin_row());
    builder.build()
}

#[test]
fn an_answer_that_is_no_number_is_a_fault_of_its_row() {
    let model = regression(&[1.0, f64::NAN, f64::INFINITY, -2.0]);
    let answers = model.score(&rows(&model, 4));
    let faults: Vec<(usize, &str)> = answers
        .faults
        .iter()
        .map(|(row, why)| (*row, why.as_str()))
        .collect();
    let expected = [
        (1, "the model's answer is not a number"),
        (2, "the model's answer is infinite"),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn scores_of_which_one_is_no_number_are_a_fault() {
    let labels = vec![Label::Integer(0), Label::Integer(1)];
    let signature = Signature::new(Task::Classification, vec![number("age")], labels);
    let answers = Answers::classes(vec![0, 1], vec![0.5, 0.5, f64::NAN, 1.0], 2);
    let model = model(signature, answers).unwrap();
    let answers = model.score(&rows(&model, 2));
    assert_eq!(answers.faults.keys().copied().collect::<Vec<_>>(), [1]);
}

#[test]
fn answers_of_a_wrong_shape_are_faults_of_all_rows() {
    let labels = || vec![Label::Integer(0), Label::Integer(1)];
    let signature = || Signature::new(Task::Classification, vec![number("age")], labels());
    for answers in [
        Answers::values(vec![1.0, 1.0]),
        Answers::classes(vec![0], vec![0.5, 0.5], 2),
        Answers::classes(vec![0, 2], vec![0.5; 4], 2),
        Answers::classes(vec![0, 0], vec![0.5; 6], 3),
    ] {
        let model = model(signature(), answers).unwrap();
        let answers = model.score(&rows(&model, 2));
        assert_eq!((answers.len(), answers.faults.len()), (2, 2));
        assert_eq!(answers.scores.of_row(1).len(), 2);
    }
    let model = regression(&[1.0]);
    let answers = model.score(&rows(&model, 2));
    assert_eq!((answers.len(), answers.faults.len()), (2, 2));
    assert!(matches!(answers.scores, Scores::Values(_)));
}

#[test]
fn signatures_that_json_cannot_say_are_refused() {
    let classes = |features: Vec<Feature>, labels: &[Label]| {
        Signature::new(Task::Classification, features, labels.to_vec())
    };
    let (one, text) = (Label::Integer(1), Label::Text("1".into()));
    for (signature, expected) in [
        (classes(vec![], std::slice::from_ref(&one)), "no features"),
        (
            classes(vec![number("a"), number("a")], &[]),
            "two features with the name \"a\"",
        ),
        (
            classes(vec![number("a")], &[one.clone(), text]),
            "two labels are written as `1`",
        ),
        (
            classes(vec![number("a")], std::slice::from_ref(&one)),
            "at least two labels",
        ),
        (
            Signature::new(Task::Regression, vec![number("a")], vec![one]),
            "a regression has no labels",
        ),
        (
            Signature::new(Task::Text, vec![number("a")], vec![]),
            "one feature, which is a text",
        ),
    ] {
        let refused = model(signature, Answers::values(Vec::new())).unwrap_err();
        assert!(refused.message.contains(expected), "{refused}");
    }
}

#[test]
fn a_golden_that_lies_is_found() {
    let model = regression(&[1.0, 2.0]);
    let golden = |second: f64| {
        let text = json!({
            "inputs": [{"age": 1}, {"age": null}],
            "outputs": [{"value": 1.0}, {"value": second}],
        });
        Golden::parse(text.to_string().as_bytes()).unwrap()
    };
    assert_eq!(prove(&model, &golden(2.000_01)), Ok(()));
    let mismatch = prove(&model, &golden(2.1)).unwrap_err();
    assert_eq!(
        (mismatch.row, mismatch.reason.as_str()),
        (1, "row 1: expected value 2.1, found 2.0")
    );
}

#[test]
fn a_remote_model_has_no_file() {
    let package = Package {
        format: Format::Remote,
        file_name: "model.json".into(),
        file: [].into(),
        description: Default::default(),
        golden: None,
    };
    let refused = Model::load(&package).unwrap_err();
    assert!(
        refused
            .message
            .starts_with("a remote model is asked at its server"),
        "{refused}"
    );
}
