use serde_json::json;

use super::super::*;
use super::{Allowance, faults, keywords, patterns, warnings};

#[test]
fn labels_and_rules_keep_the_order_of_the_body() {
    let set = keywords(
        &json!({ "b": [["x", "start,end"], ["y", "exactly"]], "a": [["z", "partially"]] }),
    );
    let names: Vec<_> = set.labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    let expected = [
        Rule::Keyword("x".into(), MatchType::Start),
        Rule::Keyword("x".into(), MatchType::End),
        Rule::Keyword("y".into(), MatchType::Absolutely),
    ];
    assert_eq!(set.labels[0].rules, expected);
    assert_eq!(
        patterns(&json!({ "a": ["x+"] })).labels[0].rules,
        [Rule::Pattern("x+".into())]
    );
}

#[test]
fn every_fault_of_a_body_is_reported_with_its_place() {
    let body = json!({
        "female": [["a", "partially"], ["b", "contains"], ["c"], "d", [1, "end"], [" \u{3000}", "end"], ["e", []]],
        "male": { "x": 1 },
        "a/b": [["a", "start"]],
        "": [["a", "start"]],
        "more": [{ "text": "a" }, { "text": "a", "match_type": "end", "kind": 1 }],
    });
    let expected = [
        "pattern.female[1]: unknown match type `contains`, expected one of partially, start, end, absolutely, exactly",
        "pattern.female[2]: expected [text, match_type], found 1 elements",
        "pattern.female[3]: expected [text, match_type], found a string",
        "pattern.female[4]: text has to be a string (in quotes, where it looks like something else), found a number",
        "pattern.female[5]: the rule has no text",
        "pattern.female[6]: match_type is an empty list",
        "pattern.male: expected a list of rules, found an object",
        "pattern.a/b: label \"a/b\" contains `/` or a control character",
        "pattern.: a label has no name",
        "pattern.more[0]: the rule has no `match_type`",
        "pattern.more[1]: unknown field `kind`, expected one of text, match_type",
    ];
    assert_eq!(
        faults(RuleSet::from_body(
            "pattern",
            &body,
            RuleKind::KeywordModel,
            &Allowance::default()
        )),
        expected
    );
}

#[test]
fn a_pattern_that_does_not_compile_is_a_fault() {
    let body = json!({ "a": ["ok", "x(", r"\w{1000}{1000}", "(?=x)", ["x", "partially"]] });
    let found = faults(RuleSet::from_body(
        "pattern",
        &body,
        RuleKind::RuleModel,
        &Allowance::default(),
    ));
    assert_eq!(found[0], "pattern.a[1]: pattern \"x(\": unclosed group");
    assert!(found[1].starts_with(r#"pattern.a[2]: pattern "\\w{1000}{1000}" is too large: "#));
    assert!(
        found[2].starts_with("pattern.a[3]: pattern \"(?=x)\": look-around"),
        "{}",
        found[2]
    );
    assert!(found[3].starts_with("pattern.a[4]: pattern has to be a string"));
    assert!(found.iter().all(|fault| !fault.contains('\n')));
}

#[test]
fn a_body_without_rules_is_a_fault() {
    let expected = ["pattern: no rules of a keyword_model were found"];
    for body in [json!({}), json!({ "a": [] })] {
        assert_eq!(
            faults(RuleSet::from_body(
                "pattern",
                &body,
                RuleKind::KeywordModel,
                &Allowance::default()
            )),
            expected
        );
    }
    let found = faults(RuleSet::from_body(
        "pattern",
        &json!([1]),
        RuleKind::RuleModel,
        &Allowance::default(),
    ));
    assert_eq!(
        found,
        ["pattern: expected an object of labels, found a list"]
    );
}

#[test]
fn more_labels_than_can_be_numbered_are_a_fault() {
    let labels = |count: usize| {
        (0..count)
            .map(|label| (label.to_string(), json!([["a", "end"]])))
            .collect()
    };
    let load = |count| {
        RuleSet::from_body(
            "pattern",
            &serde_json::Value::Object(labels(count)),
            RuleKind::KeywordModel,
            &Allowance::default(),
        )
    };
    assert_eq!(load(65_535).unwrap().set.labels.len(), 65_535);
    assert_eq!(
        faults(load(65_536)),
        ["pattern: 65536 labels, at most 65535 are possible"]
    );
}

#[test]
fn duplicates_and_rules_of_two_labels_are_warned_about() {
    let body = json!({
        "a": [["Katy", "start"], ["KATY", "start"], ["katy", "end"], ["x", "end,end"]],
        "b": [["katY", "start"]],
        "c": [],
    });
    let loaded = RuleSet::from_body(
        "pattern",
        &body,
        RuleKind::KeywordModel,
        &Allowance::default(),
    )
    .unwrap();
    let expected = [
        "pattern.a[1]: rule \"KATY\" is the same as at pattern.a[0], it counts once",
        "pattern.a[3]: rule \"x\" names one match type twice, it counts once",
        "pattern.b[0]: rule \"katY\" is in another label too, at pattern.a[0]",
        "pattern.c: label `c` has no rules, no row will get it",
    ];
    assert_eq!(warnings(&loaded), expected);
    assert_eq!(loaded.set.labels[0].rules.len(), 3);
    assert_eq!(loaded.set.labels[1].rules.len(), 1);
}

#[test]
fn a_pattern_that_matches_everything_is_warned_about() {
    let body = json!({ "a": ["x|", "^$", "x*y"] });
    let loaded =
        RuleSet::from_body("pattern", &body, RuleKind::RuleModel, &Allowance::default()).unwrap();
    let expected = "pattern.a[0]: pattern \"x|\" matches the empty text, so it matches every row";
    assert_eq!(warnings(&loaded), [expected]);
}
