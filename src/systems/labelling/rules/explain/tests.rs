//! What is said about a row, and about rules that are nearly true.

use super::Explainer;
use crate::systems::labelling::rules::matching::samples::{empty_set, filter, label, terms};
use crate::systems::labelling::rules::matching::{Compiled, Row};
use crate::systems::labelling::rules::set::{Field, FilterAction, RuleSet};

fn explained(set: &RuleSet, row: Row<'_>) -> serde_json::Value {
    let compiled = Compiled::of(set).unwrap();
    let explained = Explainer::new(set, &compiled).explain(row).unwrap();
    serde_json::to_value(explained).unwrap()
}

fn content(text: &str) -> Row<'_> {
    Row::default().with(Field::Content, Some(text))
}

#[test]
fn labels_say_which_rules_are_true_and_why_one_is_reported() {
    let mut set = empty_set();
    set.labels = vec![
        label("food", &["好吃", "拉麵 AND 好吃"], &[]),
        label("job", &["拉麵"], &["好吃 OR 徵才"]),
        label("tea", &["茶"], &[]),
    ];
    let answer = explained(&set, content("拉麵好吃"));
    assert_eq!(answer["given"], serde_json::json!(["food"]));
    assert_eq!(answer["folded"]["content"], "拉麵好吃");
    let food = &answer["labels"][0];
    assert_eq!(food["outcome"], "given");
    assert_eq!(food["rules"].as_array().unwrap().len(), 2);
    assert_eq!(food["hit"]["span"], serde_json::json!([0, 6]));
    assert_eq!(food["why"], "reported: starts first");
    let job = &answer["labels"][1];
    assert_eq!(job["outcome"], "excepted");
    assert_eq!(
        job["excepted_by"],
        serde_json::json!({"expression": "好吃 OR 徵才", "hit": ["content", 6, 12]})
    );
    assert_eq!(answer["labels"][2]["outcome"], "no");
    set.filters = vec![filter(FilterAction::Drop, "好吃")];
    let answer = explained(&set, content("拉麵好吃"));
    assert_eq!(
        answer["dropped"],
        serde_json::json!({"filter": 0, "hit": ["content", 6, 12]})
    );
    assert_eq!(answer["misses"], serde_json::json!([]));
}

#[test]
fn misses_name_what_would_have_to_be_otherwise() {
    let mut set = empty_set();
    set.lists = vec![("ads".to_owned(), terms(&["廣告", "業配"]))];
    for (rule, text, why, detail) in [
        (
            "拉麵 AND NOT list:ads",
            "拉麵業配",
            "vetoed",
            r#"{"term":"list:ads","spans":[["content",6,12]]}"#,
        ),
        (
            "a NEAR/1 b",
            "a x y z b",
            "far",
            r#"{"gap":3,"limit":1,"spans":[["content",0,9]]}"#,
        ),
        (
            "a NEAR/1f b",
            "b a",
            "far",
            r#"{"limit":1,"spans":[["content",0,3]]}"#,
        ),
        (
            "start:拉麵",
            "吃拉麵",
            "place",
            r#"{"spans":[["content",3,9]]}"#,
        ),
        (
            "title:拉麵",
            "吃拉麵",
            "field",
            r#"{"spans":[["content",3,9]]}"#,
        ),
        ("拉面", "吃拉麵", "fold", r#"{"spans":[["content",3,9]]}"#),
        (
            "拉麵 AND 茶",
            "吃拉麵",
            "term",
            r#"{"term":"茶","spans":[["content",3,9]]}"#,
        ),
        (
            "2 OF (拉麵, 茶, 酒)",
            "吃拉麵",
            "term",
            r#"{"spans":[["content",3,9]]}"#,
        ),
    ] {
        set.labels = vec![label("a", &[rule], &[])];
        let answer = explained(&set, content(text));
        let misses = answer["misses"].as_array().unwrap();
        assert_eq!(misses.len(), 1, "{rule} on {text}: {answer}");
        assert_eq!(misses[0]["why"], why, "{rule} on {text}");
        assert_eq!(misses[0]["detail"].to_string(), detail, "{rule} on {text}");
        assert!(
            misses[0]["sentence"]
                .as_str()
                .unwrap()
                .contains("would be true")
        );
    }
}

#[test]
fn misses_are_few_in_order_and_only_of_labels_that_the_row_does_not_have() {
    let mut set = empty_set();
    set.labels = vec![
        label(
            "a",
            &["x AND y", "x AND NOT 拉麵", "拉麵 AND 茶", "end:拉"],
            &[],
        ),
        label("b", &["拉麵", "拉麵 AND 酒"], &[]),
        label(
            "c",
            &["拉麵 AND 1", "拉麵 AND 2", "拉麵 AND 3", "拉麵 AND 4"],
            &[],
        ),
    ];
    let answer = explained(&set, content("拉麵 x"));
    let misses: Vec<(&str, &str)> = answer["misses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|miss| {
            (
                miss["label"].as_str().unwrap(),
                miss["why"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        misses,
        [
            ("a", "vetoed"),
            ("a", "place"),
            ("a", "term"),
            ("a", "term"),
            ("c", "term")
        ]
    );
}

#[test]
fn a_relaxed_set_in_which_a_term_means_nothing_is_still_looked_through() {
    let mut set = empty_set();
    // Folded as much as possible, nothing is left of the first, and the range ends before it begins.
    set.lists = vec![("hidden".to_owned(), terms(&["\u{200b}"]))];
    set.filters = vec![filter(FilterAction::Cut, "list:hidden")];
    set.labels = vec![label(
        "a",
        &["\u{200b}", "/[㐀-個]x/", "list:hidden", "ABC"],
        &[],
    )];
    let answer = explained(&set, content("ＡＢＣ"));
    let misses = answer["misses"].as_array().unwrap();
    assert_eq!(misses.len(), 1, "{answer}");
    assert_eq!(misses[0]["why"], "fold");
    assert_eq!(
        misses[0]["detail"]["spans"],
        serde_json::json!([["content", 0, 9]])
    );
}

#[test]
fn of_two_relaxations_the_nearest_is_said_and_two_at_once_are_none() {
    let mut set = empty_set();
    for (rule, text, why) in [
        ("start:拉麵 AND NOT 茶", "拉麵茶", Some("vetoed")),
        ("start:拉麵 AND NOT 茶", "吃拉麵茶", None),
        ("start:拉麵 NEAR/1f 店", "拉麵 a b 店", Some("far")),
        ("title:(a NEAR/1 b)", "a x y b", None),
        ("title:a AND b", "a b", Some("field")),
        ("a AND b AND c", "a b", Some("term")),
        ("a AND b AND c", "a", None),
        ("(a AND b) OR c", "a", None),
        ("3 OF (a, b, c)", "a b", Some("term")),
        ("raw:a", "A", Some("place")),
        ("/a+b/", "acb", None),
    ] {
        set.labels = vec![label("a", &[rule], &[])];
        let answer = explained(&set, content(text));
        let found = answer["misses"].as_array().unwrap().first();
        let found = found.map(|miss| miss["why"].as_str().unwrap());
        assert_eq!(found, why, "{rule} on {text}");
    }
}
