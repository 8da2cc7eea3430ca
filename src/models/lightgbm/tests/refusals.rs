use super::{file, lightgbm, split};
use crate::models::inputs::trials::{of_task, refusal};
use crate::models::{Description, Feature, FeatureKind, Label, Package, Task};

/// The refusal of a file with one tree in which a text is replaced.
fn with(old: &str, new: &str) -> String {
    let text = file("regression", 1, "", &[&split(0, "0.5", 10, 1.0, 2.0)]);
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(old), "{old}");
    refusal(&lightgbm(text.replacen(old, new, 1).into_bytes()))
}

#[test]
fn a_malformed_line_is_named() {
    let cases = [
        (
            "tree\n",
            "trees\n",
            "line 1: expected \"tree\", as the text format of LightGBM begins",
        ),
        (
            "num_class=1\n",
            "num_class=one\n",
            "line 3: num_class: expected a whole number that is not negative, found \"one\"",
        ),
        (
            "num_class=1\n",
            "",
            "the header: the line num_class=… is missing",
        ),
        (
            "num_class=1\n",
            "num_class=1\nnum_class=2\n",
            "line 4: \"num_class\" is already on line 3",
        ),
        (
            "num_tree_per_iteration=1",
            "num_tree_per_iteration=0",
            "line 4: num_tree_per_iteration: expected at least 1, found 0",
        ),
        (
            "num_tree_per_iteration=1",
            "num_tree_per_iteration=2",
            "line 7: objective: expected one tree in an iteration, found 2",
        ),
        (
            "age fare",
            "age",
            "line 8: feature_names: expected a name for each feature up to max_feature_idx=1, found 1 names",
        ),
        (
            "objective=regression",
            "objective=loglog",
            "line 7: objective: how \"loglog\" turns sums into answers is not known; expected binary",
        ),
        (
            "objective=regression",
            "objective=binary sigmoid:-1",
            "line 7: objective: expected a sigmoid above 0, found -1",
        ),
        (
            "objective=regression",
            "objective=multiclass",
            "line 7: objective: expected num_class:…, which is missing",
        ),
        ("Tree=0", "Tree=1", "line 10: expected Tree=0"),
        (
            "num_leaves=2",
            "num_leaves=3",
            "line 18: leaf_value: expected 3 numbers, found 2",
        ),
        (
            "num_leaves=2",
            "num_leaves=0",
            "line 11: num_leaves: expected at least 1, found 0",
        ),
        (
            "split_feature=0",
            "split_feature=2",
            "tree 0 (line 10): node 0: there is no column 2; the model has 2",
        ),
        (
            "split_feature=0",
            "split_feature=-1",
            "line 13: split_feature: expected a whole number that is not negative, found \"-1\"",
        ),
        (
            "threshold=0.5",
            "threshold=half",
            "line 14: threshold: expected a number, found \"half\"",
        ),
        (
            "decision_type=10",
            "decision_type=12",
            "line 15: decision_type: expected numbers from 0 to 11, whose bits say how a split decides, found 12",
        ),
        (
            "decision_type=10",
            "decision_type=1",
            "line 15: decision_type: a split by categories has the threshold 0.5, expected the position of one of 0 sets",
        ),
        (
            "left_child=-1",
            "left_child=1",
            "line 16: left_child: expected splits from 0 to 0 or leaves from -1 to -2, found 1",
        ),
        (
            "left_child=-1",
            "left_child=-3",
            "line 16: left_child: expected splits from 0 to 0 or leaves from -1 to -2, found -3",
        ),
        (
            "left_child=-1",
            "left_child=0",
            "tree 0 (line 10): node 0 is reached twice, as a child of two nodes or of its own descendant",
        ),
        (
            "left_child=-1",
            "left_child=-2",
            "tree 0 (line 10): node 2 is reached twice, as a child of two nodes or of its own descendant",
        ),
        (
            "is_linear=0",
            "is_linear=1",
            "line 19: is_linear: linear trees are not computed, only trees with a constant in each leaf; train without `linear_tree`",
        ),
        (
            "end of trees\n",
            "",
            "the line \"end of trees\" is missing; is the file cut off?",
        ),
        (
            "end of trees\n",
            "end of trees\npandas_categorical:[[{}]]\n",
            "line 23: pandas_categorical: expected lists of texts and numbers in JSON, found \"[[{}]]\"",
        ),
        (
            "end of trees\n",
            "end of trees\npandas_categorical:[[\"a\"]]\n",
            "pandas_categorical has the values of 1 columns, but the file does not say which; say in model.yaml the features",
        ),
    ];
    for (old, new, expected) in cases {
        let found = with(old, new);
        assert!(found.starts_with(expected), "{new}:\n{found}\n{expected}");
    }
}

#[test]
fn what_is_not_text_is_named_by_its_line() {
    let mut bytes = file("regression", 1, "", &[]);
    bytes.extend(b"\xff\n");
    assert_eq!(refusal(&lightgbm(bytes)), "line 11: expected UTF-8");
}

#[test]
fn trees_have_the_sizes_that_the_header_says() {
    let tree = split(0, "0.5", 10, 1.0, 2.0);
    let size = tree.len() + "Tree=0\n\n\n".len();
    let of = |sizes: String| {
        let more = format!("tree_sizes={sizes}\n");
        refusal(&lightgbm(file("regression", 1, &more, &[&tree])))
    };
    assert!(of(format!("{}", size + 1)).starts_with(&format!(
        "line 9: tree_sizes: tree 0 takes {size} bytes, expected {}; was the file edited",
        size + 1
    )),);
    assert_eq!(
        of(format!("{size} {size}")),
        "line 9: tree_sizes: it has the sizes of 2 trees, but the file has 1; is it cut off?"
    );
}

#[test]
fn iterations_are_whole() {
    let tree = split(0, "0.5", 10, 1.0, 2.0);
    let objective = "multiclass num_class:2";
    assert_eq!(
        refusal(&lightgbm(file(objective, 2, "", &[&tree]))),
        "expected 2 trees in each iteration, found 1 trees in all"
    );
    let objective = "multiclass num_class:4000000000";
    assert_eq!(
        refusal(&lightgbm(file(objective, 4_000_000_000, "", &[]))),
        "expected 4000000000 trees in each iteration, found 0 trees in all"
    );
}

#[test]
fn what_model_yaml_says_fits_the_file() {
    let feature = |name: &str, kind, categories: &[&str]| Feature {
        name: name.to_owned(),
        kind,
        categories: categories
            .iter()
            .map(|text| Label::Text((*text).to_owned()))
            .collect(),
    };
    let with_features = |features: Vec<Feature>| Description {
        features: Some(features),
        ..Description::default()
    };
    let age = || feature("age", FeatureKind::Number, &[]);
    let cases = [
        (
            of_task(Task::Classification),
            "model.yaml: task: expected what the objective \"regression\" of the file answers, found classification",
        ),
        (
            of_task(Task::Text),
            "model.yaml: task: expected what the objective \"regression\" of the file answers, found text",
        ),
        (
            with_features(vec![age()]),
            "model.yaml: features: expected 2 as in the file of the model, found 1",
        ),
        (
            with_features(vec![age(), feature("fee", FeatureKind::Number, &[])]),
            "model.yaml: features: \"fare\" is missing, which the file of the model has",
        ),
        (
            with_features(vec![age(), feature("fare", FeatureKind::Text, &[])]),
            "model.yaml: features: \"fare\" is a text, but neither the file of the model nor model.yaml says its \
             categories; add `categories`, in the order of their codes",
        ),
        (
            with_features(vec![age(), feature("fare", FeatureKind::Number, &["a"])]),
            "model.yaml: features: expected \"fare\" to be a text, as its categories are",
        ),
    ];
    for (description, expected) in cases {
        let package = Package {
            description,
            ..lightgbm(file("regression", 1, "", &[]))
        };
        assert_eq!(refusal(&package), expected);
    }
    let package = Package {
        description: Description {
            labels: Some(vec![Label::Integer(1)]),
            ..Description::default()
        },
        ..lightgbm(file("binary sigmoid:1", 1, "", &[]))
    };
    assert_eq!(
        refusal(&package),
        "model.yaml: labels: expected 2 as the model has classes, found 1"
    );
}
