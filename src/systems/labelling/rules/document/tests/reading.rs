use super::*;
use crate::systems::labelling::rules::set::{Field, Fields, FilterAction, MatchType};

#[test]
fn the_document_of_the_specification_is_read() {
    let document = good(yaml(INTERESTS));
    let set = &document.set;
    assert_eq!(set.name, "interests");
    assert_eq!(set.fields, Fields::one(Field::Title).with(Field::Content));
    assert_eq!(set.lists[0].1.len(), 2);
    assert_eq!(set.filters[0].action, FilterAction::Cut);
    assert_eq!(
        set.filters[1].expression.fields,
        Some(Fields::one(Field::Content))
    );
    let [food] = &set.labels[..] else {
        panic!("one label")
    };
    let ids: Vec<&str> = food.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids[..2], ["d16c8056366e", "ai-1"]);
    assert_eq!(ids[3], "ad62cc2473cc");
    assert_eq!(food.rules[1].note.as_deref(), Some("client X"));
    assert_eq!(food.rules[1].tree.match_type(), "word");
    assert_eq!(food.rules[3].place.to_string(), "set.yaml:14");
    assert_eq!(food.except.len(), 1);
    let gate = serde_json::to_string(&set.gate).unwrap();
    assert_eq!(gate, r#"{"coverage_min":0.02,"drift_max":0.25}"#);
}

#[test]
fn forms_of_one_document_have_one_digest() {
    let first = good(yaml(INTERESTS));
    let other = good(yaml(
        r"
gate:
  drift_max: 0.250
  coverage_min: 2e-2
labels:
  food:
    except: [{when: 徵才 OR 求職}]
    rules:
      - 拉麵
      - {note: client X, id: ai-1, in: [title], text: AI, match_type: raw:word}
      - ['拉麵.{0,5}店', pattern]
      - {when: '拉麵  NEAR/5 (好吃 OR list:brands)  AND NOT 廣告'}
lists:
  brands:
    - [一蘭, partially]
    - {pattern: u-?don}
filters:
  - cut: {pattern: 'https?:\S+'}
  - {drop: 抽獎 OR 贈獎, in: [content]}
exclusive: true
row_labels: first
case_sensitive: false
author_conflict: majority_drop_ties
variants: han
normalize: nfkc
in: content, title
model_type: mixed_model
name: interests
",
    ));
    assert_eq!(first.canonical(), other.canonical());
    assert_eq!(first.digest(), other.digest());
    assert_eq!(first.digest().len(), 64);
    let changed = INTERESTS.replace("coverage_min: 0.02", "coverage_min: 0.03");
    assert_ne!(first.digest(), good(yaml(&changed)).digest());
}

#[test]
fn canonical_json_has_sorted_keys_and_says_what_is_left_out() {
    let document = good(yaml("model_type: mixed_model\nlabels: {a: [b]}\n"));
    let expected = concat!(
        r#"{"author_conflict":"majority_drop_ties","case_sensitive":false,"exclusive":true,"#,
        r#""filters":[],"gate":null,"in":null,"labels":[{"except":[],"name":"a","rules":[{"id":"#,
        r#""ID","rule":["a",{"kind":"keyword","match_type":"partially","text":"b"},null]}]}],"#,
        r#""lists":{},"model_type":"mixed_model","name":"set","normalize":"none","#,
        r#""row_labels":"first","variants":"none"}"#
    );
    let id = &document.set.labels[0].rules[0].id;
    assert_eq!(document.canonical(), expected.replace("ID", id));
    let parsed: serde_json::Value = serde_json::from_str(&document.canonical()).unwrap();
    assert_eq!(parsed["name"], "set");
}

#[test]
fn a_rule_with_several_types_is_several_rules() {
    let document = good(yaml(
        "model_type: mixed_model\nlabels:\n  a:\n    - [b, 'start, raw:end,exactly']\n    \
         - {text: c, match_type: [word, start]}\n",
    ));
    let rules = &document.set.labels[0].rules;
    let types: Vec<&str> = rules.iter().map(|rule| rule.tree.match_type()).collect();
    assert_eq!(types, ["start", "end", "absolutely", "word", "start"]);
}

#[test]
fn the_models_that_were_there_before_are_read_as_they_were() {
    let keywords = good(yaml(
        "name: old\nversion: 1\nlabels:\n  a:\n    - [b, 'start,partially']\n    - {text: c, match_type: end}\n",
    ));
    assert_eq!(keywords.model_type, ModelKind::KeywordModel);
    assert_eq!(keywords.set.labels[0].rules.len(), 3);
    let patterns = good(yaml(
        "model_type: rule_model\nlabels:\n  a: ['b AND c', {pattern: d+}]\n",
    ));
    assert_eq!(patterns.set.labels[0].rules[0].tree.match_type(), "pattern");
    let mixed = yaml("labels:\n  a: ['b AND c']\n");
    assert_eq!(
        lines(&mixed),
        [
            "set.yaml:2:7: E02: a: expected [text, match_type], found a string; expressions need \
          `model_type: mixed_model`"
        ]
    );
    let keyword = MatchType::of_name("exactly");
    assert_eq!(keyword, Some(MatchType::Absolutely));
}

#[test]
fn what_stands_twice_in_a_label_counts_once() {
    let document = yaml(
        "model_type: mixed_model\nlabels:\n  a:\n    - b\n    - [b, partially]\n    - {text: b, in: title}\n  c: [b]\n",
    );
    assert_eq!(
        lines(&document),
        ["set.yaml:5: W01: b stands twice in a (set.yaml:4); remove it: it counts once"]
    );
    assert_eq!(document.set.labels[0].rules.len(), 2);
    assert!(!document.findings.has_errors());
}
