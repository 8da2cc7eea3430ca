use super::{file, lightgbm, split};
use crate::models::inputs::trials::{of_task, trial};
use crate::models::{Format, Label, Model, Package, RowsBuilder, Scores, Task};

/// What a model of two numbers says of rows of one number for both.
fn scores(package: &Package, numbers: &[f64]) -> Scores {
    let model = Model::load(package).unwrap();
    let mut rows = RowsBuilder::new(&model.signature);
    for number in numbers {
        rows.begin_row();
        rows.set_number(0, *number);
        rows.set_number(1, *number);
    }
    model.score(&rows.build()).scores
}

fn values(package: &Package, numbers: &[f64]) -> Vec<f64> {
    match scores(package, numbers) {
        Scores::Values(values) => values,
        Scores::Classes { .. } => panic!("expected a regression"),
    }
}

#[test]
fn answers_are_those_of_the_library_to_the_last_bit() {
    let handed = trial("handed/lightgbm", Format::LightGbm);
    assert_eq!(handed.deviation(), 0.0);
    let names = [
        "categories",
        "dart",
        "forest",
        "one_against_all",
        "one_hot",
        "root",
        "tweedie",
        "zeros",
    ];
    for name in names {
        let trial = trial(&format!("trees/lightgbm_{name}"), Format::LightGbm);
        assert_eq!(trial.deviation(), 0.0, "{name}");
    }
}

#[test]
fn a_missing_value_goes_where_the_split_says() {
    // Values below or at 1 go to the left. Bit 1: missing values do, too; bits 2 and 3: what is missing.
    let cases = [
        (0, "1", 1.0, 1.0, 1.0),
        (0, "-1", 2.0, 2.0, 2.0),
        (2, "-1", 2.0, 2.0, 2.0),
        (4, "1", 2.0, 2.0, 2.0),
        (6, "-1", 1.0, 1.0, 1.0),
        (8, "1", 1.0, 2.0, 1.0),
        (10, "-1", 2.0, 1.0, 2.0),
    ];
    for (decision, threshold, zero, missing, tiny) in cases {
        let tree = split(0, threshold, decision, 1.0, 2.0);
        let package = lightgbm(file("regression", 1, "", &[&tree]));
        assert_eq!(
            values(&package, &[0.0, f64::NAN, 1e-36]),
            [zero, missing, tiny],
            "decision_type={decision} threshold={threshold}"
        );
    }
}

#[test]
fn sums_become_answers_by_the_objective() {
    let logistic = |sum: f64| 1.0 / (1.0 + (-sum).exp());
    let cases: [(&str, [f64; 2]); 14] = [
        ("regression", [-2.0, 3.0]),
        ("regression sqrt", [-4.0, 9.0]),
        ("regression_l1", [-2.0, 3.0]),
        ("huber", [-2.0, 3.0]),
        ("fair", [-2.0, 3.0]),
        ("quantile", [-2.0, 3.0]),
        ("mape", [-2.0, 3.0]),
        ("custom", [-2.0, 3.0]),
        ("lambdarank", [-2.0, 3.0]),
        ("poisson", [(-2.0f64).exp(), 3.0f64.exp()]),
        ("gamma", [(-2.0f64).exp(), 3.0f64.exp()]),
        ("tweedie", [(-2.0f64).exp(), 3.0f64.exp()]),
        ("cross_entropy", [logistic(-2.0), logistic(3.0)]),
        (
            "cross_entropy_lambda",
            [(-2.0f64).exp().ln_1p(), 3.0f64.exp().ln_1p()],
        ),
    ];
    let tree = split(1, "0.5", 10, -2.0, 3.0);
    for (objective, expected) in cases {
        let package = lightgbm(file(objective, 1, "", &[&tree]));
        assert_eq!(values(&package, &[0.0, 1.0]), expected, "{objective}");
    }
}

#[test]
fn a_binary_model_scores_two_classes() {
    let tree = split(1, "0.5", 10, 0.0, 1.5);
    let package = lightgbm(file("binary sigmoid:2", 1, "", &[&tree]));
    let second = 1.0 / (1.0 + (-3.0f64).exp());
    let expected = Scores::Classes {
        chosen: vec![0, 1],
        scores: vec![0.5, 0.5, 1.0 - second, second],
        classes: 2,
    };
    assert_eq!(scores(&package, &[0.0, 1.0]), expected);
    let labels = Model::load(&package).unwrap().signature.labels;
    assert_eq!(labels, [Label::Integer(0), Label::Integer(1)]);
    let probability = Package {
        description: of_task(Task::Regression),
        ..package
    };
    assert_eq!(values(&probability, &[0.0, 1.0]), [0.5, second]);
}

#[test]
fn trees_take_turns_among_the_classes() {
    let trees = [
        split(0, "0.5", 10, 1.0, 0.0),
        split(0, "0.5", 10, 0.0, 1.0),
        split(0, "0.5", 10, 1.0, 0.0),
        split(0, "0.5", 10, 0.0, 1.0),
    ];
    let trees: Vec<&str> = trees.iter().map(String::as_str).collect();
    let of = |objective| match scores(&lightgbm(file(objective, 2, "", &trees)), &[0.0, 1.0]) {
        Scores::Classes { chosen, scores, .. } => (chosen, scores),
        Scores::Values(_) => panic!("expected a classification"),
    };
    let (less, more) = (
        (-2.0f64).exp() / (1.0 + (-2.0f64).exp()),
        1.0 / (1.0 + (-2.0f64).exp()),
    );
    let (chosen, found) = of("multiclass num_class:2");
    assert_eq!((chosen, found), (vec![0, 1], vec![more, less, less, more]));
    let (_, found) = of("multiclassova num_class:2 sigmoid:1");
    assert_eq!(found, [more, 0.5, 0.5, more]);
}

#[test]
fn a_random_forest_answers_the_mean_of_its_iterations() {
    let tree = split(0, "0.5", 10, 1.0, 4.0);
    let other = split(0, "0.5", 10, 2.0, 5.0);
    let package = lightgbm(file("regression", 1, "average_output\n", &[&tree, &other]));
    assert_eq!(values(&package, &[0.0, 1.0]), [1.5, 4.5]);
}

#[test]
fn a_tree_may_be_one_leaf_and_a_model_may_have_no_trees() {
    let leaf = "num_leaves=1\nnum_cat=0\nleaf_value=7.5";
    assert_eq!(
        values(&lightgbm(file("", 1, "", &[leaf])), &[0.0, f64::NAN]),
        [7.5, 7.5]
    );
    let none = lightgbm(file("regression", 1, "tree_sizes=\n", &[]));
    assert_eq!(values(&none, &[3.0]), [0.0]);
}

#[test]
fn damaged_files_are_refused_or_answer() {
    let names = ["categories", "dart", "forest", "one_hot", "zeros"];
    for (seed, name) in (1..).zip(names) {
        let trial = trial(&format!("trees/lightgbm_{name}"), Format::LightGbm);
        trial.survives(400, seed);
    }
}
