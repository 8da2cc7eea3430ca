use prost::Message;

use super::making::{
    floats, graph, ints, load, load_described, model, node, refusal, typed_value, value,
};
use crate::models::answers::{Answers, Scores};
use crate::models::onnx::proto::{
    ModelProto, OperatorSetIdProto, SparseTensorProto, StringStringEntryProto, data_type,
};
use crate::models::package::Description;
use crate::models::rows::RowsBuilder;
use crate::models::signature::{Feature, FeatureKind, Label, Task};

/// `y = x · w`, with two numbers a row.
fn product() -> crate::models::onnx::proto::GraphProto {
    let weights = floats("w", &[2, 1], &[1.0, 10.0]);
    graph(
        2,
        vec![weights],
        vec![node("MatMul", &["x", "w"], &["y"])],
        &["y"],
    )
}

fn feature(name: &str, kind: FeatureKind) -> Feature {
    Feature {
        name: name.to_owned(),
        kind,
        categories: Vec::new(),
    }
}

#[test]
fn graphs_that_are_no_graphs_are_refused() {
    let mut cycle = product();
    cycle.node = vec![
        node("Add", &["x", "b"], &["a"]),
        node("Add", &["a", "x"], &["b"]),
        node("Identity", &["b"], &["y"]),
    ];
    let mut itself = product();
    itself.node = vec![node("Add", &["x", "y"], &["y"])];
    let mut unknown = product();
    unknown.node[0].input[1] = "nowhere".to_owned();
    let mut twice = product();
    twice.node.push(node("Identity", &["x"], &["y"]));
    let mut missing = product();
    missing.output = vec![value("z", 1)];
    let mut input_twice = product();
    input_twice.input.push(value("x", 2));
    let mut nothing = product();
    nothing.input.clear();
    nothing.node = vec![node("Identity", &["w"], &["y"])];
    let mut sparse = product();
    sparse.sparse_initializer.push(SparseTensorProto {});
    let mut foreign = product();
    foreign.node[0].domain = "com.example".to_owned();
    let mut narrow = product();
    narrow.input = vec![value("x", 3)];
    let mut deep = product();
    deep.input = vec![value("x", 2)];
    deep.node = vec![
        node("MatMul", &["x", "w"], &["v"]),
        node("Concat", &["v", "v"], &["y"]).int("axis", 1),
    ];
    for (graph, expected) in [
        (cycle, "the graph has a cycle"),
        (itself, "the graph has a cycle"),
        (unknown, "`nowhere` is used, but nothing makes it"),
        (twice, "`y` is defined twice"),
        (missing, "`z` is used, but nothing makes it"),
        (input_twice, "`x` is defined twice"),
        (nothing, "has no inputs"),
        (sparse, "sparse tensors"),
        (foreign, "the operator com.example.MatMul"),
        (narrow, "cannot be multiplied"),
        (deep, "2 values for a row; expected one"),
    ] {
        let found = refusal(graph);
        assert!(
            found.contains(expected),
            "found {found:?}, expected {expected:?}"
        );
    }
}

#[test]
fn constants_must_stand_in_the_file() {
    let with = |change: fn(&mut crate::models::onnx::proto::TensorProto)| {
        let mut graph = product();
        change(&mut graph.initializer[0]);
        refusal(graph)
    };
    let external = with(|tensor| {
        tensor.data_location = 1;
        tensor.external_data.push(StringStringEntryProto {
            key: "location".to_owned(),
            value: "/etc/passwd".to_owned(),
        });
    });
    assert!(external.contains("in another file"), "{external}");
    assert!(!external.contains("passwd"), "{external}");
    let fewer = with(|tensor| tensor.dims = vec![2, 2]);
    assert!(fewer.contains("does not have as many elements"), "{fewer}");
    let huge = with(|tensor| tensor.dims = vec![1 << 40, 1 << 40]);
    assert!(huge.contains("does not have as many elements"), "{huge}");
    let negative = with(|tensor| tensor.dims = vec![-2, -1]);
    assert!(negative.contains("length -2"), "{negative}");
    let raw = with(|tensor| tensor.raw_data = Some(vec![0; 7]));
    assert!(raw.contains("does not have as many elements"), "{raw}");
    let half = with(|tensor| tensor.data_type = 10);
    assert!(half.contains("elements of the type 10"), "{half}");
}

#[test]
fn versions_that_are_not_known_are_refused() {
    let versioned = |version: i64| {
        let mut model: ModelProto = model(product());
        model.opset_import = vec![OperatorSetIdProto {
            domain: String::new(),
            version,
        }];
        load(model.encode_to_vec()).map(|_| ())
    };
    assert_eq!(versioned(9), Ok(()));
    assert!(
        versioned(99)
            .unwrap_err()
            .contains("version 99 of the operators ai.onnx")
    );
    assert!(versioned(-1).is_err());
    assert!(load(b"not a model".to_vec()).is_err());
    assert!(load(Vec::new()).is_err());
}

#[test]
fn features_have_the_names_of_model_yaml_or_of_the_file() {
    let file = || model(product()).encode_to_vec();
    let (signature, _) = load(file()).unwrap();
    let names: Vec<&str> = signature
        .features()
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["f0", "f1"]);
    assert_eq!(signature.task, Task::Regression);
    let described = |features: &[&str]| Description {
        features: Some(
            features
                .iter()
                .map(|it| feature(it, FeatureKind::Number))
                .collect(),
        ),
        ..Description::default()
    };
    let (signature, _) = load_described(file(), described(&["age", "fare"])).unwrap();
    assert_eq!(signature.features()[1].name, "fare");
    let refused = load_described(file(), described(&["age"]))
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        refused,
        "model.yaml names 1 features, the file has 2 columns"
    );
}

/// A text and a whole number, each an input of its own.
fn columns() -> Vec<u8> {
    let mut graph = graph(
        1,
        Vec::new(),
        vec![
            node("ml.LabelEncoder", &["city"], &["c"])
                .texts("keys_strings", &["東京"])
                .floats("values_floats", &[100.0])
                .float("default_float", 0.0),
            node("Cast", &["rooms"], &["r"]).int("to", 1),
            node("Add", &["c", "r"], &["y"]),
        ],
        &["y"],
    );
    graph.input = vec![
        typed_value("city", data_type::STRING, 1),
        typed_value("rooms", data_type::INT64, 1),
    ];
    model(graph).encode_to_vec()
}

#[test]
fn columns_are_found_by_name_and_rows_without_an_answer_are_faults() {
    let description = Description {
        features: Some(vec![
            feature("rooms", FeatureKind::Number),
            feature("city", FeatureKind::Text),
        ]),
        ..Description::default()
    };
    let (signature, scorer) = load_described(columns(), description).unwrap();
    let mut rows = RowsBuilder::new(&signature);
    for (rooms, city) in [
        (1.0, Some("東京")),
        (2.5, None),
        (3.0, None),
        (f64::NAN, None),
    ] {
        rows.begin_row();
        rows.set_number(0, rooms);
        rows.set_text(1, city.map(Into::into));
    }
    let Answers { scores, faults } = scorer.score(&rows.build());
    let Scores::Values(values) = scores else {
        panic!("expected a regression")
    };
    assert_eq!((values[0], values[2]), (101.0, 3.0));
    assert_eq!(faults.len(), 2);
    assert_eq!(faults[&1], "rooms: expected a whole number, found 2.5");
    assert_eq!(faults[&3], "rooms: expected a whole number, found none");
    let wrong = Description {
        features: Some(vec![
            feature("rooms", FeatureKind::Text),
            feature("city", FeatureKind::Text),
        ]),
        ..Description::default()
    };
    let refused = load_described(columns(), wrong).map(|_| ()).unwrap_err();
    assert_eq!(
        refused,
        "the feature `rooms` is a text in model.yaml, but a number in the file"
    );
}

/// Scores of two classes, and the label picked from a list.
fn picked(classes: crate::models::onnx::proto::TensorProto) -> Vec<u8> {
    let mut graph = graph(
        2,
        vec![classes, ints("rows", &[1], &[-1])],
        vec![
            node("Softmax", &["x"], &["scores"]),
            node("ArgMax", &["scores"], &["best"]).int("axis", 1),
            node(
                "ml.ArrayFeatureExtractor",
                &["classes", "best"],
                &["picked"],
            ),
            node("Reshape", &["picked", "rows"], &["label"]),
        ],
        &["label", "scores"],
    );
    graph.output[0] = typed_value("label", data_type::INT64, 1);
    model(graph).encode_to_vec()
}

#[test]
fn labels_are_those_of_the_graph_as_model_yaml_writes_them() {
    let file = || picked(ints("classes", &[2], &[0, 1]));
    let (signature, scorer) = load(file()).unwrap();
    assert_eq!(signature.labels, [Label::Integer(0), Label::Integer(1)]);
    let mut rows = RowsBuilder::new(&signature);
    rows.begin_row();
    rows.set_number(0, 1.0);
    rows.set_number(1, 3.0);
    match scorer.score(&rows.build()).scores {
        Scores::Classes { chosen, scores, .. } => {
            assert_eq!(chosen, [1]);
            assert!((scores[1] - 0.880797).abs() < 1e-6);
        }
        Scores::Values(_) => panic!("expected a classification"),
    }
    let labelled = |labels: &[Label]| {
        let description = Description {
            labels: Some(labels.to_vec()),
            ..Description::default()
        };
        load_described(file(), description).map(|(signature, _)| signature.labels)
    };
    let truths = [Label::Boolean(false), Label::Boolean(true)];
    assert_eq!(labelled(&truths).unwrap(), truths);
    let turned = labelled(&[Label::Integer(1), Label::Integer(0)]).unwrap_err();
    assert_eq!(
        turned,
        "the labels of model.yaml are 1, 0, those of the file are 0, 1"
    );
}
