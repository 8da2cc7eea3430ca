use prost::Message;

use super::making::{graph, load, model, node};
use crate::models::answers::Scores;
use crate::models::onnx::proto::NodeProto;
use crate::models::rows::{Rows, RowsBuilder};
use crate::models::signature::Signature;

/// A tree that asks whether `x <= 0`, with weights of its two leaves: (class, weight).
fn stump(leaves: [&[(i64, f32)]; 2]) -> NodeProto {
    let weights: Vec<(i64, i64, f32)> = (1..)
        .zip(leaves)
        .flat_map(|(node, weights)| {
            weights
                .iter()
                .map(move |(class, weight)| (node, *class, *weight))
        })
        .collect();
    let (nodes, classes): (Vec<i64>, Vec<i64>) = weights
        .iter()
        .map(|(node, class, _)| (*node, *class))
        .unzip();
    let values: Vec<f32> = weights.iter().map(|(_, _, weight)| *weight).collect();
    node("ml.TreeEnsembleClassifier", &["x"], &["label", "scores"])
        .ints("nodes_treeids", &[0; 3])
        .ints("nodes_nodeids", &[0, 1, 2])
        .ints("nodes_featureids", &[0; 3])
        .texts("nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF"])
        .floats("nodes_values", &[0.0; 3])
        .ints("nodes_truenodeids", &[1, 0, 0])
        .ints("nodes_falsenodeids", &[2, 0, 0])
        .ints("class_treeids", &vec![0; values.len()])
        .ints("class_nodeids", &nodes)
        .ints("class_ids", &classes)
        .floats("class_weights", &values)
}

fn rows(signature: &Signature, values: &[f64]) -> Rows {
    let mut rows = RowsBuilder::new(signature);
    for value in values {
        rows.begin_row();
        rows.set_number(0, *value);
    }
    rows.build()
}

/// The classes and scores of -1 and 1.
fn answers(node: NodeProto) -> (Vec<u32>, Vec<f64>) {
    let graph = graph(1, Vec::new(), vec![node], &["label", "scores"]);
    let (signature, scorer) = load(model(graph).encode_to_vec()).unwrap();
    match scorer.score(&rows(&signature, &[-1.0, 1.0])).scores {
        Scores::Classes { chosen, scores, .. } => (chosen, scores),
        Scores::Values(_) => panic!("expected a classification"),
    }
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let is_near = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-4;
    assert!(
        found.iter().zip(expected).all(is_near),
        "{what}: found {found:?}, expected {expected:?}"
    );
}

/// The expected scores are those of ONNX Runtime 1.32.
#[test]
fn two_classes_with_the_weights_of_one_are_scored_as_onnx_runtime_does() {
    let positive: [&[(i64, f32)]; 2] = [&[(0, 0.3)], &[(0, 0.8)]];
    let mixed: [&[(i64, f32)]; 2] = [&[(0, -1.0)], &[(0, 2.0)]];
    let second: [&[(i64, f32)]; 2] = [&[(1, 0.3)], &[(1, 0.8)]];
    let none: &[f32] = &[];
    let half: &[f32] = &[0.5];
    for (leaves, transform, base, chosen, scores) in [
        (positive, "NONE", none, [0, 1], [0.7, 0.3, 0.2, 0.8]),
        (positive, "NONE", half, [1, 1], [0.2, 0.8, -0.3, 1.3]),
        (
            positive,
            "LOGISTIC",
            none,
            [0, 1],
            [0.4256, 0.5744, 0.31, 0.69],
        ),
        (
            positive,
            "LOGISTIC",
            half,
            [1, 1],
            [0.31, 0.69, 0.2142, 0.7858],
        ),
        (positive, "SOFTMAX", none, [0, 1], [0.7, 0.3, 0.2, 0.8]),
        (mixed, "NONE", none, [0, 1], [1.0, -1.0, -2.0, 2.0]),
        (
            mixed,
            "LOGISTIC",
            none,
            [0, 1],
            [0.7311, 0.2689, 0.1192, 0.8808],
        ),
        (
            mixed,
            "LOGISTIC",
            half,
            [0, 1],
            [0.6225, 0.3775, 0.0759, 0.9241],
        ),
        (mixed, "SOFTMAX_ZERO", none, [0, 1], [1.0, -1.0, -2.0, 2.0]),
        (second, "NONE", none, [0, 1], [0.0, 0.3, 0.0, 0.8]),
        (second, "LOGISTIC", none, [0, 1], [0.5, 0.5744, 0.5, 0.69]),
        (
            second,
            "SOFTMAX",
            none,
            [0, 1],
            [0.4256, 0.5744, 0.31, 0.69],
        ),
    ] {
        let node = stump(leaves)
            .ints("classlabels_int64s", &[7, 9])
            .text("post_transform", transform)
            .floats("base_values", base);
        let what = format!("{leaves:?} {transform} {base:?}");
        let found = answers(node);
        assert_eq!(found.0, chosen, "{what}");
        assert_near(&found.1, &scores, &what);
    }
}

#[test]
fn three_classes_are_scored_as_onnx_runtime_does() {
    let leaves: [&[(i64, f32)]; 2] = [
        &[(0, 0.2), (1, 0.5), (2, 0.3)],
        &[(0, -0.2), (1, -0.5), (2, -0.3)],
    ];
    let none: &[f32] = &[];
    let base: &[f32] = &[0.1, 0.2, 0.3];
    for (transform, base, chosen, scores) in [
        ("NONE", none, [1, 0], [0.2, 0.5, 0.3, -0.2, -0.5, -0.3]),
        ("NONE", base, [1, 2], [0.3, 0.7, 0.6, -0.1, -0.3, 0.0]),
        (
            "LOGISTIC",
            none,
            [1, 0],
            [0.5498, 0.6225, 0.5744, 0.4502, 0.3775, 0.4256],
        ),
        (
            "SOFTMAX",
            none,
            [1, 0],
            [0.2894, 0.3907, 0.3199, 0.378, 0.28, 0.342],
        ),
        (
            "SOFTMAX_ZERO",
            base,
            [1, 2],
            [0.2603, 0.3883, 0.3514, 0.5498, 0.4502, 0.0],
        ),
    ] {
        let node = stump(leaves)
            .texts("classlabels_strings", &["a", "b", "c"])
            .text("post_transform", transform)
            .floats("base_values", base);
        let found = answers(node);
        assert_eq!(found.0, chosen, "{transform} {base:?}");
        assert_near(&found.1, &scores, transform);
    }
}

/// A tree of one test, with the answer 1 where it passes and 0 where it fails.
fn test_of(mode: &str, tracks_missing: i64) -> NodeProto {
    node("ml.TreeEnsembleRegressor", &["x"], &["value"])
        .ints("nodes_treeids", &[5; 3])
        .ints("nodes_nodeids", &[4, 2, 9])
        .ints("nodes_featureids", &[0; 3])
        .texts("nodes_modes", &[mode, "LEAF", "LEAF"])
        .floats("nodes_values", &[2.0, 0.0, 0.0])
        .ints("nodes_truenodeids", &[2, 0, 0])
        .ints("nodes_falsenodeids", &[9, 0, 0])
        .ints("nodes_missing_value_tracks_true", &[tracks_missing, 0, 0])
        .ints("target_treeids", &[5, 5])
        .ints("target_nodeids", &[9, 2])
        .ints("target_ids", &[0, 0])
        .floats("target_weights", &[0.0, 1.0])
        .int("n_targets", 1)
}

#[test]
fn modes_and_missing_values_choose_the_branch() {
    let found = |node: NodeProto| {
        let graph = graph(1, Vec::new(), vec![node], &["value"]);
        let (signature, scorer) = load(model(graph).encode_to_vec()).unwrap();
        match scorer
            .score(&rows(&signature, &[1.0, 2.0, 3.0, f64::NAN]))
            .scores
        {
            Scores::Values(values) => values,
            Scores::Classes { .. } => panic!("expected a regression"),
        }
    };
    for (mode, without, with) in [
        ("BRANCH_LEQ", [1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 1.0]),
        ("BRANCH_LT", [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]),
        ("BRANCH_GTE", [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0]),
        ("BRANCH_GT", [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0]),
        ("BRANCH_EQ", [0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0]),
        ("BRANCH_NEQ", [1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0]),
    ] {
        assert_eq!(found(test_of(mode, 0)), without, "{mode}");
        assert_eq!(found(test_of(mode, 1)), with, "{mode}, missing values pass");
    }
    let mean = test_of("BRANCH_LEQ", 0)
        .text("aggregate_function", "AVERAGE")
        .floats("base_values", &[10.0]);
    assert_eq!(found(mean), [11.0, 11.0, 10.0, 10.0]);
}

/// Why a tree is refused after a change of one of its lists.
fn refusal(
    name: &str,
    change: impl FnOnce(&mut crate::models::onnx::proto::AttributeProto),
) -> String {
    let mut node = test_of("BRANCH_LEQ", 0);
    let attribute = node
        .attribute
        .iter_mut()
        .find(|attribute| attribute.name == name);
    change(attribute.unwrap());
    super::making::refusal(graph(1, Vec::new(), vec![node], &["value"]))
}

#[test]
fn broken_trees_are_refused() {
    let cases = [
        (
            refusal("nodes_truenodeids", |list| list.ints[0] = 4),
            "is reached twice",
        ),
        (
            refusal("nodes_truenodeids", |list| list.ints[0] = 9),
            "is reached twice",
        ),
        (
            refusal("nodes_falsenodeids", |list| list.ints[0] = 7),
            "there is no node 7",
        ),
        (
            refusal("nodes_nodeids", |list| list.ints[1] = 4),
            "node 4 stands there twice",
        ),
        (
            refusal("nodes_featureids", |list| list.ints[0] = 1),
            "there is no column 1",
        ),
        (
            refusal("nodes_featureids", |list| list.ints[0] = -1),
            "there is no column -1",
        ),
        (
            refusal("target_nodeids", |list| list.ints[0] = 4),
            "no leaf, but has a weight",
        ),
        (
            refusal("target_nodeids", |list| list.ints[0] = 77),
            "there is no node 77",
        ),
        (
            refusal("target_treeids", |list| list.ints[0] = 1),
            "a weight names the tree 1",
        ),
        (
            refusal("target_ids", |list| list.ints[0] = 1),
            "there is no output 1",
        ),
        (
            refusal("target_ids", |list| list.ints[0] = -1),
            "names the output -1",
        ),
        (
            refusal("nodes_values", |list| list.floats.truncate(2)),
            "of different lengths",
        ),
        (
            refusal("target_weights", |list| list.floats.truncate(1)),
            "of different lengths",
        ),
        (
            refusal("nodes_treeids", |list| list.ints = vec![5, 6, 5]),
            "do not stand together",
        ),
        (
            refusal("nodes_modes", |list| list.strings[0] = b"BRANCH_X".to_vec()),
            "the mode BRANCH_X",
        ),
        (
            refusal("n_targets", |count| count.i = Some(1 << 40)),
            "targets of 2 weights",
        ),
    ];
    for (found, expected) in cases {
        assert!(
            found.contains(expected),
            "found {found:?}, expected {expected:?}"
        );
        assert!(found.contains("TreeEnsembleRegressor"), "{found}");
    }
}
