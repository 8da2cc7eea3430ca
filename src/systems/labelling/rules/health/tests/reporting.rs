//! Reports and lists of rules, made of small counts.

use serde_json::json;

use super::super::{
    Counts, Earlier, Facts, Figure, GivenRows, Members, NamedSet, Report, RuleChoice, RuleOrder,
    RulePlace, RulesWanted, StagedAuthors, drift, list,
};
use super::counting::{TEXTS, counted, set};
use crate::systems::labelling::label::rules::{MatchType, RowLabels, Rule, RuleSet as OldSet};

fn groups() -> [String; 2] {
    ["fbfans", "other"].map(str::to_owned)
}

fn named(text: &[(&str, u64)], none: u64) -> GivenRows {
    GivenRows {
        labels: text
            .iter()
            .map(|(name, rows)| ((*name).to_owned(), *rows))
            .collect(),
        none,
    }
}

#[test]
fn a_report_has_the_members_that_callers_know_in_their_order() {
    let counts = counted(&set(), &TEXTS);
    let facts = Facts {
        authors: Some(StagedAuthors {
            all: 3,
            conflicting: 1,
        }),
        members: Some(Members {
            of_labels: vec![2, 1, 0],
            entered: Some(2),
            left: Some(0),
        }),
        earlier: Some(Earlier {
            job: "j1".to_owned(),
            version: Some(7),
            members: 1,
            given: named(&[("food", 3), ("tea", 2)], 3),
            groups: vec![("other".to_owned(), named(&[("food", 1), ("tea", 1)], 2))],
        }),
    };
    let report = Report::of(&counts, &NamedSet::of(&set()), &groups(), &facts).of_job("j2");
    assert_eq!(report.members(), Some(3));
    assert_eq!(report.members_before, Some(1));
    let dominant = &set().labels[0].rules[0].id;
    let tea = &set().labels[1].rules[0].id;
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        json!({
            "received": 8, "dropped": 1, "covered": 5, "coverage": 0.625, "overlap": 0.125,
            "conflict": 0.333333,
            "labels": {
                "food": {"matched": 3, "given": 3, "excepted": 2, "members": 2},
                "tea": {"matched": 3, "given": 2, "excepted": 0, "members": 1},
                "car": {"matched": 0, "given": 0, "excepted": 0, "members": 0},
            },
            "pairs": {"food+tea": 1},
            "groups": {
                "fbfans": {"received": 4, "covered": 3},
                "other": {"received": 4, "covered": 2, "drift": 0.0},
            },
            "drift": 0.0, "against": {"job": "j1", "version": 7}, "entered": 2, "left": 0,
            "dead": 1,
            "dominant": [
                {"rule": dominant, "label": "food", "first": 2},
                {"rule": tea, "label": "tea", "first": 2},
            ],
            "rules": "/v1/jobs/j2/health/rules",
        })
        .to_string()
    );
}

#[test]
fn what_is_not_known_is_missing_and_named() {
    let old: OldSet = serde_json::from_value(json!({
        "name": "old", "version": "1", "model_type": "keyword_model",
        "labels": [{"name": "food", "rules": [["拉麵", "partially"], ["茶", "start"]]}],
    }))
    .unwrap();
    assert_eq!(
        old.labels[0].rules[0],
        Rule::Keyword("拉麵".to_owned(), MatchType::Partially)
    );
    let named = NamedSet::of_keywords_or_patterns(&old);
    assert_eq!(named.rules[0][0].id, "d16c8056366e");
    let counts = Counts::of_labels(named.rules_of_labels(), 0);
    let report = Report::of(&counts, &named, &[], &Facts::default());
    assert_eq!(
        serde_json::to_value(&report).unwrap(),
        json!({
            "received": 0, "dropped": 0, "covered": 0, "coverage": 0.0,
            "labels": {"food": {"given": 0, "excepted": 0}}, "groups": {}, "dominant": [],
            "not_known": [
                "overlap", "labels.matched", "pairs", "dead", "rules.hits", "rules.unique"],
        })
    );
    let (rules, _) = list(&counts, &named, RulesWanted::default(), None, 10);
    assert_eq!(
        serde_json::to_value(&rules[1]).unwrap(),
        json!({
            "rule": named.rules[0][1].id, "label": "food", "text": "茶", "first": 0,
            "dominant": false,
        })
    );
    let model = NamedSet::of_model(vec!["joy".to_owned()], RowLabels::All);
    let counts = Counts::of_labels(model.rules_of_labels(), 0);
    let report = Report::of(&counts, &model, &[], &Facts::default()).of_job("j");
    assert_eq!(report.not_known, ["dominant", "rules"]);
    assert_eq!(
        (report.rules, report.dominant, report.dead),
        (None, None, None)
    );
}

#[test]
fn rules_are_listed_page_by_page_dead_ones_first() {
    let (set, counts) = (set(), counted(&set(), &TEXTS));
    let named = NamedSet::of(&set);
    for (order, expected) in [
        (RuleOrder::Hits, "car0 food1 food2 tea1 tea0 food0"),
        (RuleOrder::MostHits, "food0 tea0 food1 food2 tea1 car0"),
        (RuleOrder::First, "food1 car0 food2 tea1 food0 tea0"),
        (RuleOrder::MostUnique, "tea0 food0 food2 food1 tea1 car0"),
        (RuleOrder::Written, "food0 food1 food2 tea0 tea1 car0"),
    ] {
        let names = set.labels.iter().flat_map(|label| {
            let rules = label.rules.iter().enumerate();
            rules.map(|(place, rule)| (rule.id.clone(), format!("{}{place}", label.name)))
        });
        let names: std::collections::HashMap<String, String> = names.collect();
        for most in 1..8 {
            let wanted = RulesWanted {
                order,
                ..RulesWanted::default()
            };
            let (mut found, mut behind) = (Vec::new(), None);
            loop {
                let (rules, next) = list(&counts, &named, wanted, behind, most);
                assert!(rules.len() <= most);
                found.extend(rules.iter().map(|rule| names[&rule.rule].clone()));
                let Some(next) = next else { break };
                assert_eq!(RulePlace::of_text(&next.to_text()), Some(next));
                behind = Some(next);
            }
            assert_eq!(found.join(" "), expected, "{order:?} {most}");
        }
    }
    let only = |only, label| {
        let wanted = RulesWanted {
            label,
            only: Some(only),
            ..RulesWanted::default()
        };
        list(&counts, &named, wanted, None, 9).0.len()
    };
    assert_eq!(only(RuleChoice::Dead, None), 1);
    assert_eq!(only(RuleChoice::Dominant, None), 2);
    assert_eq!(only(RuleChoice::Dominant, Some(1)), 1);
    assert_eq!(RulePlace::of_text("x"), None);
}

#[test]
fn drift_is_the_stability_index_with_shares_of_a_millionth_at_least() {
    let figure = |now: &GivenRows, before: &GivenRows| {
        drift(now, before).map(|drift| Figure(drift).rounded())
    };
    let (half, quarter) = (named(&[("food", 50)], 50), named(&[("food", 25)], 75));
    // 2 · 0.25 · ln 2 and ln 1.5, by hand.
    assert_eq!(figure(&half, &quarter), Some(0.274653));
    assert_eq!(figure(&half, &half), Some(0.0));
    // A label that is new: (0.5 − 1e-6) · ln(0.5 ÷ 1e-6), and none: (0.5 − 1) · ln 0.5.
    let nothing = named(&[], 100);
    assert_eq!(figure(&half, &nothing), Some(6.907742));
    assert_eq!(figure(&nothing, &half), Some(6.907742));
    assert_eq!(figure(&half, &named(&[], 0)), None);
}
