use std::fs;

use tempfile::TempDir;

use super::super::*;
use super::{Allowance, faults, warnings};

fn load_as(text: &[u8], model_type: RuleKind) -> Result<Loaded, RuleSetError> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("set.yaml");
    fs::write(&path, text).unwrap();
    RuleSet::load_path(&path, model_type, "author_name", &Allowance::default())
}

fn load(text: &str) -> Result<Loaded, RuleSetError> {
    load_as(text.as_bytes(), RuleKind::KeywordModel)
}

fn faults_of(text: &str) -> Vec<String> {
    let cut = |fault: String| fault[fault.find("set.yaml").unwrap()..].to_owned();
    faults(load(text)).into_iter().map(cut).collect()
}

#[test]
fn a_file_is_a_whole_set() {
    let loaded = load(
        "name: parents\nversion: 1.10\nmodel_type: keyword_model\nexclusive: false\nauthor_conflict: keep_all\n\
         row_labels: all\ncase_sensitive: true\nnormalize: nfkc\nlabels:\n  mother:\n    - [媽, partially]\n    \
         - ['#mom', 'start, end']\n    - {text: mama, match_type: [exactly, end]}\n  father:\n    - {text: 爸, match_type: start}\n",
    );
    let set = loaded.unwrap().set;
    let expected = concat!(
        r##"{"name":"parents","version":"1.10","model_type":"keyword_model","exclusive":false,"author_conflict":"keep_all","##,
        r##""row_labels":"all","case_sensitive":true,"normalize":"nfkc","labels":[{"name":"mother","rules":["##,
        r##"["媽","partially"],["#mom","start"],["#mom","end"],["mama","absolutely"],["mama","end"]]},"##,
        r##"{"name":"father","rules":[["爸","start"]]}]}"##,
    );
    assert_eq!(serde_json::to_string(&set).unwrap(), expected);
}

#[test]
fn labels_may_also_be_a_list() {
    let text = "model_type: rule_model\nlabels:\n  - name: b\n    rules: [x+]\n  - {name: a, rules: [y]}\n";
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("set.yaml");
    fs::write(&path, text).unwrap();
    let set = RuleSet::load_path(&path, None, "content", &Allowance::default())
        .unwrap()
        .set;
    assert_eq!(set.model_type, RuleKind::RuleModel);
    let names: Vec<_> = set.labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
}

#[test]
fn faults_in_a_list_of_labels_are_reported_with_their_line() {
    let text = "labels:\n  - name: a\n    rules:\n      - [x, sideways]\n  - name: a\n    rules: [[y, end]]\n";
    let reported = faults_of(text);
    assert!(reported[0].starts_with("set.yaml:4: "), "{reported:?}");
    assert!(reported[1].starts_with("set.yaml:5: "), "{reported:?}");
}

#[test]
fn what_is_left_out_has_its_default() {
    let set = load("labels: {a: [[x, end]]}").unwrap().set;
    let mut expected = RuleSet::empty("set", RuleKind::KeywordModel);
    expected.labels = set.labels.clone();
    assert_eq!(set, expected);
}

#[test]
fn patterns_are_strings_or_have_a_field() {
    let text = "model_type: rule_model\nlabels:\n  a:\n    - 'x+'\n    - {pattern: '#y'}\n";
    let set = load_as(text.as_bytes(), RuleKind::RuleModel).unwrap().set;
    let expected = [Rule::Pattern("x+".into()), Rule::Pattern("#y".into())];
    assert_eq!(set.labels[0].rules, expected);
}

#[test]
fn every_fault_of_a_rule_is_reported_with_its_line() {
    let text = "labels:\n  a:\n    - [ok, end]\n    - [x, contains]\n    - text: y\n      type: end\n    - [1,\n       end]\n\n  b/c:\n    - z\n  a:\n    - ['', end]\n";
    let expected = [
        "set.yaml:4: unknown match type `contains`, expected one of partially, start, end, absolutely, exactly",
        "set.yaml:5: unknown field `type`, expected one of text, match_type",
        "set.yaml:7: text has to be a string (in quotes, where it looks like something else), found a number",
        "set.yaml:10: label \"b/c\" contains `/` or a control character",
        "set.yaml:11: expected [text, match_type], found a string",
        "set.yaml:12: label `a` is given twice",
        "set.yaml:13: the rule has no text",
    ];
    assert_eq!(faults_of(text), expected);
}

#[test]
fn a_pattern_that_does_not_compile_is_reported_with_its_line() {
    let text = "labels:\n  a:\n    - ok\n\n    - 'x('\n";
    let found = faults(load_as(text.as_bytes(), RuleKind::RuleModel));
    assert!(
        found[0].ends_with("set.yaml:5: pattern \"x(\": unclosed group"),
        "{}",
        found[0]
    );
}

#[test]
fn a_document_of_another_shape_is_a_fault() {
    let cases = [
        (
            "labels: {a: [[x, end]]}\nlabel: 1\n",
            "set.yaml:2: unknown field `label`",
        ),
        (
            "labels: {a: [[x, end]]}\nnormalize: nfc\n",
            "set.yaml:2: normalize: unknown variant `nfc`",
        ),
        ("name: x\n", "set.yaml:1: missing field `labels`"),
        (
            "labels:\n  - a\n",
            "set.yaml:2: labels[0]: invalid type: string \"a\", expected a label with `name`",
        ),
        (
            "labels:\n  a:\n    x: 1\n",
            "set.yaml:3: labels.a: invalid type: map, expected a sequence",
        ),
        (
            "labels:\n  a: [[x, end]\n  b: 1\n",
            "set.yaml:3: did not find expected",
        ),
        (
            "labels: {a: [[x, end]]}\n\nmodel_type: rule_model\n",
            "set.yaml:3: the set is a rule_model, expected a keyword_model",
        ),
        (
            "labels: {}\n",
            "set.yaml: no rules of a keyword_model were found",
        ),
    ];
    for (text, expected) in cases {
        let found = faults_of(text);
        assert!(
            found[0].starts_with(expected),
            "{found:?} instead of {expected:?}"
        );
        assert_eq!(found.len(), 1);
    }
    let found = faults(load_as(
        b"labels:\n  a: [[\xff, end]]\n",
        RuleKind::KeywordModel,
    ));
    assert!(found[0].ends_with("set.yaml:2: the line is not valid UTF-8"));
}

#[test]
fn duplicates_are_warned_about_with_both_lines() {
    let text = "labels:\n  a:\n    - [x, end]\n    - [X, end]\n  b:\n    - [x, end]\n";
    let expected = [
        "set.yaml:4: rule \"X\" is the same as at line 3, it counts once",
        "set.yaml:6: rule \"x\" is in another label too, at line 3",
    ];
    assert_eq!(warnings(&load(text).unwrap()), expected);
}
