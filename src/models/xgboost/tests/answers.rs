use serde_json::{Value, json};

use super::{MODEL, TREE, file, tree, with, xgboost};
use crate::models::inputs::trials::{of_task, trial};
use crate::models::{Answers, Format, Model, Package, RowsBuilder, Scores, Task};

/// What a model of two numbers says of rows of one number for both.
fn answers(package: &Package, numbers: &[f64]) -> Answers {
    let model = Model::load(package).unwrap();
    let mut rows = RowsBuilder::new(&model.signature);
    for number in numbers {
        rows.begin_row();
        rows.set_number(0, *number);
        rows.set_number(1, *number);
    }
    model.score(&rows.build())
}

fn values(file: &Value, numbers: &[f64]) -> Vec<f64> {
    match answers(&xgboost(file), numbers).scores {
        Scores::Values(values) => values,
        Scores::Classes { .. } => panic!("expected a regression"),
    }
}

fn classes(package: &Package, numbers: &[f64]) -> (Vec<u32>, Vec<f64>) {
    match answers(package, numbers).scores {
        Scores::Classes { chosen, scores, .. } => (chosen, scores),
        Scores::Values(_) => panic!("expected a classification"),
    }
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
            "{what}: found {found}, expected {expected}"
        );
    }
}

#[test]
fn answers_are_those_of_the_library() {
    for form in ["json", "ubj"] {
        let handed = trial(&format!("handed/xgboost_{form}"), Format::XgBoost);
        assert_eq!(handed.deviation(), 0.0);
        let names = [
            ("binary", false),
            ("categories", true),
            ("dart", false),
            ("early", false),
            ("not_ascii", false),
            ("one_hot", true),
            ("poisson", false),
            ("pruned", false),
        ];
        for (name, has_faults) in names {
            let trial = trial(&format!("trees/xgboost_{name}_{form}"), Format::XgBoost);
            assert!(trial.deviation() <= 1e-6, "{name} {form}");
            assert_eq!(trial.has_faults(), has_faults, "{name} {form}");
        }
    }
}

#[test]
fn sums_begin_and_end_by_the_objective() {
    let logistic = |sum: f64| 1.0 / (1.0 + (-sum).exp());
    // Sums are -2 and 3 and what the base score is on their scale: itself, its logarithm or its logit.
    let cases = [
        ("reg:squarederror", "0.25", [-1.75, 3.25]),
        ("reg:squaredlogerror", "0.25", [-1.75, 3.25]),
        ("reg:pseudohubererror", "0.25", [-1.75, 3.25]),
        ("reg:absoluteerror", "0.25", [-1.75, 3.25]),
        ("reg:quantileerror", "0.25", [-1.75, 3.25]),
        ("rank:ndcg", "[2.5E-1]", [-1.75, 3.25]),
        ("rank:map", "0.25", [-1.75, 3.25]),
        ("rank:pairwise", "0.25", [-1.75, 3.25]),
        ("binary:logitraw", "0.25", [-1.75, 3.25]),
        (
            "count:poisson",
            "2",
            [2.0 * (-2.0f64).exp(), 2.0 * 3.0f64.exp()],
        ),
        (
            "reg:gamma",
            "2",
            [2.0 * (-2.0f64).exp(), 2.0 * 3.0f64.exp()],
        ),
        (
            "reg:tweedie",
            "2",
            [2.0 * (-2.0f64).exp(), 2.0 * 3.0f64.exp()],
        ),
        (
            "survival:cox",
            "2",
            [2.0 * (-2.0f64).exp(), 2.0 * 3.0f64.exp()],
        ),
        (
            "survival:aft",
            "2",
            [2.0 * (-2.0f64).exp(), 2.0 * 3.0f64.exp()],
        ),
        ("reg:logistic", "0.5", [logistic(-2.0), logistic(3.0)]),
        (
            "reg:logistic",
            "0.25",
            [logistic(-2.0 - 3.0f64.ln()), logistic(3.0 - 3.0f64.ln())],
        ),
    ];
    for (objective, base_score, expected) in cases {
        let file = with(
            file(objective, 1),
            "/learner/learner_model_param/base_score",
            json!(base_score),
        );
        assert_near(&values(&file, &[0.0, 1.0]), &expected, objective);
    }
}

#[test]
fn values_below_a_threshold_go_left_in_single_precision() {
    let file = with(
        file("reg:squarederror", 1),
        &format!("{TREE}/split_conditions"),
        json!([0.1, -2, 3]),
    );
    // 0.1 in double precision is less than 0.1 in single precision, but the same once it is single, too.
    let found = values(&file, &[0.1, 0.1 - 1e-12, 0.099, f64::NAN]);
    assert_eq!(found, [3.5, 3.5, -1.5, -1.5]);
    let right = with(file, &format!("{TREE}/default_left"), json!([0, 0, 0]));
    assert_eq!(values(&right, &[f64::NAN]), [3.5]);
}

#[test]
fn a_number_too_large_for_single_precision_is_a_fault() {
    let answers = answers(&xgboost(&file("reg:squarederror", 1)), &[1.0, 1e300]);
    let faults: Vec<_> = answers.faults.into_iter().collect();
    let reason = "age: the number is too large for single precision".to_owned();
    assert_eq!(faults, [(1, reason)]);
}

#[test]
fn two_classes_are_chosen_at_a_half() {
    let logistic = |sum: f64| 1.0 / (1.0 + (-sum).exp());
    let (low, high) = (logistic(-2.0), logistic(3.0));
    let binary = xgboost(&file("binary:logistic", 1));
    let (chosen, scores) = classes(&binary, &[0.0, 1.0]);
    assert_eq!(chosen, [0, 1]);
    assert_near(&scores, &[1.0 - low, low, 1.0 - high, high], "logistic");
    let hinge = xgboost(&file("binary:hinge", 1));
    let expected = (vec![0, 1], vec![1.0, 0.0, 0.0, 1.0]);
    assert_eq!(classes(&hinge, &[0.0, 1.0]), expected);
    let raw = Package {
        description: of_task(Task::Classification),
        ..xgboost(&file("binary:logitraw", 1))
    };
    let expected = (vec![0, 1], vec![2.5, -1.5, -2.5, 3.5]);
    assert_eq!(classes(&raw, &[0.0, 1.0]), expected);
}

#[test]
fn each_class_has_a_base_score_of_its_own() {
    let mut file = with(
        file("multi:softprob", 2),
        "/learner/learner_model_param/base_score",
        json!("[0E0,1E0]"),
    );
    let second = 1.0 / (1.0 + (-1.0f64).exp());
    for objective in ["multi:softprob", "multi:softmax"] {
        file = with(file, "/learner/objective", json!({"name": objective}));
        let (chosen, scores) = classes(&xgboost(&file), &[0.0]);
        assert_eq!(chosen, [1]);
        assert_near(&scores, &[1.0 - second, second], objective);
    }
}

#[test]
fn trees_after_the_best_iteration_do_not_count() {
    let mut file = file("reg:squarederror", 1);
    file = with(
        file,
        &format!("{MODEL}/trees"),
        json!([tree(), tree(), tree()]),
    );
    file = with(file, &format!("{MODEL}/tree_info"), json!([0, 0, 0]));
    file = with(file, &format!("{MODEL}/iteration_indptr"), json!([0, 2, 3]));
    assert_eq!(values(&file, &[1.0]), [9.5]);
    file = with(file, "/learner/attributes", json!({"best_iteration": "0"}));
    assert_eq!(values(&file, &[1.0]), [6.5]);
    // Old files do not say where iterations begin.
    file = with(file, &format!("{MODEL}/iteration_indptr"), Value::Null);
    assert_eq!(values(&file, &[1.0]), [3.5]);
}

#[test]
fn trees_of_dart_have_weights() {
    let model = file("reg:squarederror", 1)["learner"]["gradient_booster"].clone();
    let dart = json!({"gbtree": model, "name": "dart", "weight_drop": [0.5]});
    let file = with(
        file("reg:squarederror", 1),
        "/learner/gradient_booster",
        dart,
    );
    assert_eq!(values(&file, &[1.0, 0.0]), [2.0, -0.5]);
}

#[test]
fn categories_of_a_set_go_right() {
    let mut file = file("reg:squarederror", 1);
    let members = [
        ("split_type", json!([1, 0, 0])),
        ("categories", json!([0, 40, 100_000])),
        ("categories_nodes", json!([0])),
        ("categories_segments", json!([0])),
        ("categories_sizes", json!([3])),
    ];
    for (member, value) in members {
        file = with(file, &format!("{TREE}/{member}"), value);
    }
    file = with(file, "/learner/feature_types", json!(["c", "float"]));
    let numbers = [0.0, 40.0, 41.0, 100_000.0, 1e9, -1.0, -0.5, f64::NAN];
    let expected = [3.5, 3.5, -1.5, 3.5, -1.5, -1.5, -1.5, -1.5];
    assert_eq!(values(&file, &numbers), expected);
}

#[test]
fn damaged_files_are_refused_or_answer() {
    let names = ["binary", "categories", "dart", "not_ascii", "pruned"];
    for (seed, name) in (1..).zip(names) {
        for form in ["json", "ubj"] {
            let trial = trial(&format!("trees/xgboost_{name}_{form}"), Format::XgBoost);
            trial.survives(250, seed);
        }
    }
}
