//! Which figures breach which thresholds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Judgement, Reviewed, Thresholds};
use crate::systems::labelling::rules::health::{Figure, InOrder, LabelHealth, Report};

fn thresholds(gate: &Value) -> Thresholds {
    Thresholds::read(gate).unwrap()
}

/// 1,000 rows, and an earlier job with 200 members.
fn report() -> Report {
    let label = |members| LabelHealth {
        members: Some(members),
        ..LabelHealth::default()
    };
    Report {
        received: 1_000,
        covered: 100,
        coverage: Figure::share(100, 1_000),
        overlap: Some(Figure::share(20, 1_000)),
        conflict: Some(Figure::share(1, 3)),
        labels: InOrder(vec![
            ("food".to_owned(), label(3)),
            ("tea".to_owned(), label(50)),
        ]),
        drift: Some(Figure(0.31)),
        entered: Some(20),
        left: Some(150),
        members_before: Some(200),
        ..Report::default()
    }
}

fn judged(gate: &Value, report: Option<&Report>, reviewed: &Reviewed) -> Value {
    serde_json::to_value(Judgement::of(&thresholds(gate), report, reviewed)).unwrap()
}

fn breach(key: &str, label: Value, figure: f64, threshold: f64) -> Value {
    let whole = |figure: f64| match figure.fract() == 0.0 {
        true => json!(figure as i64),
        false => json!(figure),
    };
    json!({
        "key": key, "label": label, "figure": whole(figure), "threshold": whole(threshold),
    })
}

#[test]
fn a_figure_beyond_its_threshold_is_a_breach_and_one_at_it_is_not() {
    for (gate, breaches) in [
        (json!({ "coverage_min": 0.1 }), vec![]),
        (
            json!({ "coverage_min": 0.11 }),
            vec![breach("coverage_min", Value::Null, 0.1, 0.11)],
        ),
        (json!({ "coverage_max": 0.1 }), vec![]),
        (
            json!({ "coverage_max": 0.09 }),
            vec![breach("coverage_max", Value::Null, 0.1, 0.09)],
        ),
        (
            json!({ "overlap_max": 0.01 }),
            vec![breach("overlap_max", Value::Null, 0.02, 0.01)],
        ),
        (
            json!({ "conflict_max": 0.3 }),
            vec![breach("conflict_max", Value::Null, 0.333_333, 0.3)],
        ),
        (
            json!({ "drift_max": 0.25 }),
            vec![breach("drift_max", Value::Null, 0.31, 0.25)],
        ),
        (json!({ "entered_max": 0.1 }), vec![]),
        (
            json!({ "left_max": 0.5 }),
            vec![breach("left_max", Value::Null, 0.75, 0.5)],
        ),
        (
            json!({ "label_members_min": { "tea": 50, "food": 4 } }),
            vec![breach("label_members_min", json!("food"), 3.0, 4.0)],
        ),
        (json!({ "hold": "2h" }), vec![]),
    ] {
        let found = judged(&gate, Some(&report()), &Reviewed::default());
        let expected = json!({ "breaches": breaches, "not_judged": [] });
        assert_eq!(found, expected, "{gate}");
    }
}

#[test]
fn what_cannot_be_judged_passes_and_is_said() {
    let of_job = json!({
        "coverage_min": 0.9, "drift_max": 0.0, "entered_max": 0.0, "label_members_min": { "food": 9 },
        "gold_min": 0.9, "precision_min": { "tea": 0.8 },
    });
    let first = Report {
        drift: None,
        entered: None,
        left: None,
        members_before: None,
        coverage: Figure(1.0),
        labels: InOrder(Vec::new()),
        ..report()
    };
    assert_eq!(
        judged(&of_job, Some(&first), &Reviewed::default()),
        json!({ "breaches": [], "not_judged": [
            "drift_max: there is no earlier job",
            "entered_max: there is no earlier job",
            "label_members_min.food: members were not counted",
            "gold_min: the rule set has no gold",
            "precision_min.tea: no review",
        ] })
    );
    let empty = Report::default();
    let of_rows = json!({ "coverage_min": 0.5, "coverage_max": 0.9 });
    assert_eq!(
        judged(&of_rows, Some(&empty), &Reviewed::default())["not_judged"],
        json!([
            "coverage_min: no rows were received",
            "coverage_max: no rows were received"
        ])
    );
    let nothing = judged(&of_job, None, &Reviewed::default());
    assert_eq!(nothing["breaches"], json!([]));
    assert_eq!(nothing["not_judged"].as_array().unwrap().len(), 6);
}

#[test]
fn what_people_have_said_is_compared_like_other_figures() {
    let gate = json!({ "gold_min": 0.95, "precision_min": { "food": 0.7, "tea": 0.8 } });
    let reviewed = Reviewed {
        gold: Some(0.94),
        precision: BTreeMap::from([("food".to_owned(), 0.7), ("tea".to_owned(), 0.612_345_678)]),
    };
    assert_eq!(
        judged(&gate, Some(&report()), &reviewed)["breaches"],
        json!([
            breach("gold_min", Value::Null, 0.94, 0.95),
            breach("precision_min", json!("tea"), 0.612_346, 0.8),
        ])
    );
}

#[test]
fn a_sentence_says_figures_and_thresholds() {
    let gate = json!({
        "coverage_min": 0.5, "drift_max": 0.25, "overlap_max": 0.0, "left_max": 0.1,
        "label_members_min": { "food": 5 },
    });
    let judgement = Judgement::of(&thresholds(&gate), Some(&report()), &Reviewed::default());
    assert_eq!(
        judgement.sentence(),
        "coverage_min: the figure is 0.1, expected at least 0.5; overlap_max: the figure is 0.02, expected at \
         most 0; drift_max: the figure is 0.31, expected at most 0.25; and 2 more"
    );
}

#[test]
fn a_job_is_held_for_a_week_unless_its_set_says_otherwise() {
    let day = 86_400_000_000;
    for (gate, micros) in [
        (json!({}), 7 * day),
        (json!({ "hold": "2d" }), 2 * day),
        (json!({ "hold": "90m" }), 5_400_000_000),
    ] {
        assert_eq!(thresholds(&gate).hold_micros(), micros, "{gate}");
    }
}
