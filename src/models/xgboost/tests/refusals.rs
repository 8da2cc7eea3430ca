use serde_json::{Value, json};

use super::{MODEL, TREE, file, with, xgboost};
use crate::models::inputs::trials::{of_task, package, refusal, trial};
use crate::models::{Description, Format, Package, Task};

const TREES: &str = "learner.gradient_booster.model.trees[0]";

#[test]
fn what_cannot_be_computed_is_named_with_what_would_help() {
    let cases = [
        (
            "/learner/gradient_booster",
            json!({"name": "gblinear", "model": {"weights": [1.0]}}),
            "the booster gblinear is not computed, only trees; train with booster=gbtree or dart, or export a linear \
             model as ONNX",
        ),
        (
            "/learner/gradient_booster/name",
            json!("forest"),
            "learner.gradient_booster.name: expected gbtree or dart, found \"forest\"",
        ),
        (
            "/learner/learner_model_param/num_target",
            json!("2"),
            "it answers 2 numbers for each row (several targets or quantiles); train one model for each",
        ),
        (
            &format!("{TREE}/tree_param"),
            json!({"size_leaf_vector": "2"}),
            &format!(
                "{TREES}: its leaves have 2 values each (multi_strategy=multi_output_tree), which are not computed; \
                 train with multi_strategy=one_output_per_tree, one model for each output"
            ),
        ),
    ];
    for (place, value, expected) in cases {
        let file = with(file("reg:squarederror", 1), place, value);
        assert_eq!(refusal(&xgboost(&file)), expected);
    }
    let unknown = refusal(&xgboost(&file("reg:mine", 1)));
    assert!(unknown.starts_with(
        "learner.objective.name: how \"reg:mine\" turns sums into answers is not known; expected reg:squarederror,"
    ));
}

#[test]
fn what_does_not_fit_is_named_by_its_member() {
    let tree = |member: &str| format!("{TREE}/{member}");
    let model = |member: &str| format!("{MODEL}/{member}");
    let parameter = |name: &str| format!("/learner/learner_model_param/{name}");
    let cases = [
        (tree("left_children"), json!([1, -1]), format!("{TREES}: right_children: expected 2 numbers as in left_children, found 3")),
        (tree("left_children"), json!([3, -1, -1]), format!("{TREES}: node 0: there is no node 3")),
        (tree("left_children"), json!([0, -1, -1]), format!("{TREES}: node 0 is reached twice, as a child of two nodes or of its own descendant")),
        (tree("left_children"), json!([2, -1, -1]), format!("{TREES}: node 2 is reached twice, as a child of two nodes or of its own descendant")),
        (tree("split_indices"), json!([2, 0, 0]), format!("{TREES}: node 0: there is no column 2; the model has 2")),
        (tree("split_type"), json!([2, 0, 0]), format!("{TREES}: split_type[0]: expected 0 or 1, found 2")),
        (tree("split_type"), json!([1, 0, 0]), format!("{TREES}: node 0: it has no categories")),
        (tree("categories_nodes"), json!([0]), format!("{TREES}: categories_nodes[0]: its categories are not in the file")),
        (tree("tree_param"), json!({"num_deleted": "x"}), format!("{TREES}: tree_param.num_deleted: expected a number, found \"x\"")),
        (model("tree_info"), json!([1]), "learner.gradient_booster.model.tree_info[0]: expected a number below 1, found 1".to_owned()),
        (model("tree_info"), json!([]), "learner.gradient_booster.model.tree_info: expected 1 numbers as there are trees, found 0".to_owned()),
        (parameter("base_score"), json!("half"), "learner.learner_model_param.base_score: expected a number or a list of numbers, found \"half\"".to_owned()),
        (parameter("base_score"), json!("[1E0,2E0]"), "learner.learner_model_param.base_score: expected one number, or one for each of 1 classes, found 2".to_owned()),
        (parameter("num_class"), json!("4000000000"), "learner.learner_model_param.num_class: found 4000000000, but there are only 1 trees; expected one for each class at least".to_owned()),
        (parameter("num_feature"), json!("3"), "learner.feature_names: expected 3 names as num_feature says, found 2".to_owned()),
        ("/learner/attributes".to_owned(), json!({"best_iteration": "7"}), "learner.attributes.best_iteration: found 7, but the file has no trees of that iteration".to_owned()),
        ("/learner".to_owned(), Value::Null, "learner is missing; expected a model as `save_model` writes it, not a dump or a configuration".to_owned()),
    ];
    for (place, value, expected) in cases {
        let file = with(file("reg:squarederror", 1), &place, value);
        assert_eq!(refusal(&xgboost(&file)), expected, "{place}");
    }
    let dart = with(
        file("reg:squarederror", 1),
        "/learner/gradient_booster/name",
        json!("dart"),
    );
    assert_eq!(
        refusal(&xgboost(&dart)),
        "learner.gradient_booster.weight_drop: expected 1 numbers as there are trees, found 0"
    );
    let logistic = with(
        file("binary:logistic", 1),
        &parameter("base_score"),
        json!("1"),
    );
    assert_eq!(
        refusal(&xgboost(&logistic)),
        "learner.learner_model_param.base_score: expected what the objective can answer, found 1"
    );
    let unnamed = with(
        file("reg:squarederror", 1),
        "/learner/feature_names",
        json!([]),
    );
    let unnamed = with(unnamed, &parameter("num_feature"), json!("4000000000"));
    assert_eq!(
        refusal(&xgboost(&unnamed)),
        "learner.learner_model_param.num_feature: expected at most 1048576 features without names, found 4000000000"
    );
}

#[test]
fn a_fault_of_the_document_is_named_by_its_place() {
    let text = file("reg:squarederror", 1).to_string();
    let cases = [
        (
            r#""left_children":[1,-1,-1]"#,
            r#""left_children":[1,x,-1]"#,
            "learner.gradient_booster.model.trees[0].left_children[1]: expected a whole number, found \"x\" (byte ",
        ),
        (
            r#""split_conditions":[1.0"#,
            r#""split_conditions":{"a":1.0"#,
            "learner.gradient_booster.model.trees[0].split_conditions: expected a list of numbers, found \"{",
        ),
        (
            r#""version""#,
            "version",
            "expected a text, found \"version",
        ),
    ];
    for (old, new, expected) in cases {
        assert!(text.contains(old), "{old}");
        let file = text.replacen(old, new, 1).into_bytes();
        let found = refusal(&package(Format::XgBoost, file));
        assert!(found.starts_with(expected), "{found}");
    }
    let end = text.find("\"left_children").unwrap();
    let half = package(Format::XgBoost, text.as_bytes()[..end].to_vec());
    let found = refusal(&half);
    assert!(
        found.contains(".trees[0]: expected a text, found the end of the file"),
        "{found}"
    );
}

#[test]
fn categories_that_are_not_ascii_need_a_description() {
    for form in ["json", "ubj"] {
        let trial = trial(&format!("trees/xgboost_not_ascii_{form}"), Format::XgBoost);
        let package = Package {
            description: Description::default(),
            ..trial.package
        };
        assert_eq!(
            refusal(&package),
            "the categories of \"city\" are not ASCII, which XGBoost writes so that they cannot be read; say them in \
             model.yaml: `features: [{name: city, type: text, categories: […]}]`, 5 in the order of their codes"
        );
    }
}

#[test]
fn the_task_is_what_the_objective_answers() {
    let package = Package {
        description: of_task(Task::Classification),
        ..xgboost(&file("reg:gamma", 1))
    };
    assert_eq!(
        refusal(&package),
        "model.yaml: task: expected what the objective reg:gamma answers, found classification"
    );
    let sums = xgboost(&file("reg:gamma", 2));
    assert_eq!(
        refusal(&sums),
        "learner.learner_model_param.num_class: expected what the objective reg:gamma has, found 2"
    );
}
