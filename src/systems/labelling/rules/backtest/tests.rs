use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::systems::labelling::rules::forms::{Form, read};
use crate::systems::labelling::rules::matching::{Compiled, Row};
use crate::systems::labelling::rules::set::{Field, RuleSet};

fn set(json: &str) -> (Arc<RuleSet>, Arc<Compiled>) {
    let document = read(Form::Json, "rules.json", json.as_bytes(), "rules");
    assert!(!document.findings.has_errors(), "{:?}", document.findings);
    let compiled = Compiled::of(&document.set).unwrap();
    (Arc::new(document.set), Arc::new(compiled))
}

fn name(name: &str) -> SetName {
    SetName {
        name: name.to_owned(),
        version: None,
    }
}

/// Id, author, text.
type Rows<'r> = [(&'r str, &'r str, &'r str)];

struct Outcome {
    report: serde_json::Value,
    members: Vec<ChangedMember>,
    rows: Vec<ChangedRow>,
}

/// All rows, in slices of so many; each part goes through its bytes.
fn backtest(base: &str, candidate: &str, rows: &Rows<'_>, slice: usize) -> Outcome {
    let comparison = Comparison::new(set(base), set(candidate));
    let groups = ["g".to_owned()];
    let mut sums = Sums::default();
    let mut examples = Examples::new(1);
    let mut votes: Vec<Votes> = (0..PARTITIONS).map(|_| Votes::default()).collect();
    let mut differing = Vec::new();
    let mut tally = Tally::new(&comparison, &groups, 1);
    for slice in rows.chunks(slice) {
        for (id, author, text) in slice {
            tally.receive(&BacktestRow {
                id,
                post_time: "2020-01-01 00:00:00",
                source_author: author,
                group: 0,
                texts: Row::default().with(Field::Content, Some(text)),
            });
        }
        let parts = tally.take();
        SliceParts::add_sums(&parts.sums, &mut sums, &mut examples).unwrap();
        for (partition, bytes) in &parts.votes {
            votes[usize::from(*partition)].add(bytes).unwrap();
        }
        if !parts.rows.is_empty() {
            differing.extend(SliceParts::read_rows(&parts.rows).unwrap());
        }
    }
    let mut counts = MemberCounts::default();
    let mut members = Vec::new();
    for votes in votes {
        let (settling, labels) = (comparison.settling(), comparison.labels());
        counts.add(settle(votes, &settling, labels, &groups, |member| {
            members.push(member);
        }));
    }
    members.sort_by(|one, other| one.source_author.cmp(&other.source_author));
    let names = [name("old"), name("new")];
    let report = Report::of(&comparison, names, &sums, counts, &examples);
    Outcome {
        report: serde_json::to_value(report).unwrap(),
        members,
        rows: differing,
    }
}

const OLD: &str = r#"{"in":["content"],"labels":{
    "food":["ramen", {"text":"soup","id":"s"}, "list:drinks"], "travel":["train"]},
    "lists":{"drinks":["tea"]}}"#;
const NEW: &str = r#"{"in":["content"],"labels":{
    "travel":["train", "ramen AND station"], "food":["ramen", {"text":"soups","id":"s"}, "list:drinks"]},
    "lists":{"drinks":["coffee"]}}"#;

const ROWS: [(&str, &str, &str); 8] = [
    ("1", "ann", "ramen"),
    ("2", "ann", "soup"),
    ("3", "ben", "tea"),
    ("4", "ben", "coffee"),
    ("5", "cat", "ramen at the station"),
    ("6", "cat", "train"),
    ("7", "dan", "nothing"),
    ("8", "eve", "soup"),
];

#[test]
fn rows_labels_rules_and_members_are_counted_by_what_changed() {
    let Outcome {
        report,
        members,
        rows,
    } = backtest(OLD, NEW, &ROWS, 3);
    assert_eq!(
        report["rows"],
        json!({ "same": 3, "entered": 1, "left": 3, "changed": 1 })
    );
    assert_eq!(
        report["labels"],
        json!({ "travel": { "entered": 1, "left": 0 }, "food": { "entered": 1, "left": 4 } })
    );
    assert_eq!(
        report["matrix"],
        json!([
            { "from": null, "to": null, "rows": 1 },
            { "from": null, "to": "food", "rows": 1 },
            { "from": "travel", "to": "travel", "rows": 1 },
            { "from": "food", "to": null, "rows": 3 },
            { "from": "food", "to": "travel", "rows": 1 },
            { "from": "food", "to": "food", "rows": 1 },
        ])
    );
    // Before, cat has one row of each label, which is a tie.
    assert_eq!(
        report["members"],
        json!({ "entered": 1, "left": 1, "kept": 2 })
    );
    let changed: Vec<(&str, &str, bool)> = members
        .iter()
        .map(|member| (&*member.source_author, &*member.panel, member.entered))
        .collect();
    assert_eq!(changed, [("cat", "/travel", true), ("eve", "/food", false)]);
    let rules: Vec<(String, u64, u64, u64)> = report["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let count = |kind: &str| rule[kind].as_u64().unwrap();
            (
                rule["text"].as_str().unwrap().to_owned(),
                count("entered"),
                count("left"),
                count("changed"),
            )
        })
        .collect();
    assert_eq!(
        rules,
        [
            ("ramen AND station".to_owned(), 0, 0, 1),
            ("soups".to_owned(), 0, 2, 0),
            ("list:drinks".to_owned(), 1, 1, 0),
        ]
    );
    let ids: Vec<&str> = rows.iter().map(|row| &*row.id).collect();
    assert_eq!(ids, ["2", "3", "4", "5", "8"]);
    assert!(rows[0].concerns("food") && !rows[0].concerns("travel"));
    assert_eq!(rows[0].rules, ["s"]);
    let examples = &report["examples"];
    assert_eq!(examples["left"].as_array().unwrap().len(), 3);
    let example = &examples["changed"][0];
    assert_eq!(example["fields"]["content"], "ramen at the station");
    assert_eq!(example["hits"][0]["label"], "travel");
    assert!(report["drift"].as_f64().unwrap() > 0.0);
}

#[test]
fn how_rows_are_cut_into_slices_changes_nothing() {
    let whole = backtest(OLD, NEW, &ROWS, ROWS.len());
    for slice in 1..ROWS.len() {
        let cut = backtest(OLD, NEW, &ROWS, slice);
        assert_eq!(cut.report, whole.report);
        assert_eq!(cut.members, whole.members);
        assert_eq!(cut.rows, whole.rows);
    }
}

#[test]
fn ties_are_settled_as_each_set_says() {
    let with = |conflict: &str| {
        format!(r#"{{"in":["content"],{conflict}"labels":{{"a":["x"],"b":["y"]}}}}"#)
    };
    let rows = [("1", "ann", "x"), ("2", "ann", "y")];
    for (conflict, entered) in [
        ("", 0),
        (r#""author_conflict":"majority_first","#, 1),
        (r#""author_conflict":"keep_all","#, 2),
        (r#""exclusive":false,"#, 2),
    ] {
        let outcome = backtest(&with(""), &with(conflict), &rows, 1);
        assert_eq!(outcome.report["members"]["entered"], entered, "{conflict}");
        assert!(outcome.members.iter().all(|member| member.entered));
    }
    let first = backtest(
        &with(""),
        &with(r#""author_conflict":"majority_first","#),
        &rows,
        2,
    );
    assert_eq!(first.members[0].panel, "/a");
}

#[test]
fn lists_of_labels_are_compared_whatever_their_order_is() {
    let old = r#"{"in":["content"],"row_labels":"all","labels":{"a":["x"],"b":["y"]}}"#;
    let new = r#"{"in":["content"],"row_labels":"all","labels":{"b":["y"],"a":["x"],"c":["z"]}}"#;
    let rows = [("1", "ann", "x y"), ("2", "ann", "x z")];
    let outcome = backtest(old, new, &rows, 2);
    assert_eq!(outcome.report["rows"]["same"], 1);
    assert_eq!(outcome.report["matrix"][0]["to"], "b+a");
    assert_eq!(outcome.rows[0].from, ["a"]);
    assert_eq!(outcome.rows[0].to, ["a", "c"]);
    assert_eq!(outcome.rows[0].kind, ChangeKind::Changed);
}

#[test]
fn damaged_parts_are_errors() {
    assert!(SliceParts::read_rows(b"no").is_err());
    assert!(Votes::default().add(&[0, 9, b'a']).is_err());
    let nothing = SliceParts::add_sums(b"", &mut Sums::default(), &mut Examples::new(1));
    assert!(nothing.is_err());
}
