use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::super::*;
use super::{Allowance, faults, warnings};

fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    directory
}

fn load(path: &Path) -> Result<Loaded, RuleSetError> {
    RuleSet::load_path(
        path,
        RuleKind::KeywordModel,
        "author_name",
        &Allowance::default(),
    )
}

/// Faults with the path of the directory taken out.
fn faults_in(directory: &TempDir) -> Vec<String> {
    let host = format!("{}/", directory.path().display());
    faults(load(directory.path()))
        .iter()
        .map(|fault| fault.replace(&host, ""))
        .collect()
}

fn names(set: &RuleSet) -> Vec<&str> {
    set.labels.iter().map(|label| label.name.as_str()).collect()
}

#[test]
fn a_directory_has_a_file_for_each_label() {
    let directory = directory(&[
        (
            "b.tsv",
            "王\tstart, end\n\n# note\n 李 \texactly\r\n".as_bytes(),
        ),
        ("a-b.tsv", "\u{feff}美\tpartially".as_bytes()),
        ("a.tsv", b"x\tpartially\n"),
        ("README.md", b"no rules"),
        ("._a.tsv", b"\0\0"),
    ]);
    let loaded = load(directory.path()).unwrap();
    assert_eq!(names(&loaded.set), ["a", "a-b", "b"]);
    assert_eq!(
        loaded.set.labels[1].rules,
        [Rule::Keyword("美".into(), MatchType::Partially)]
    );
    let expected = [
        Rule::Keyword("王".into(), MatchType::Start),
        Rule::Keyword("王".into(), MatchType::End),
        Rule::Keyword(" 李 ".into(), MatchType::Absolutely),
    ];
    assert_eq!(loaded.set.labels[2].rules, expected);
    assert_eq!(loaded.warnings, []);
}

#[test]
fn a_tree_has_a_file_for_each_label_and_predict_type() {
    let directory = directory(&[
        ("keyword_model/male/author_name.txt", b"x\tend\n"),
        ("keyword_model/female/author_name.txt", b"y\tend\n"),
        ("keyword_model/food/content.txt", b"z\tend\n"),
        ("keyword_model/child/autor_name.txt", b"z\tend\n"),
        (
            "rule_model/female/author_name.txt",
            b"a\tb|# c\n# comment\n",
        ),
    ]);
    let loaded = load(directory.path()).unwrap();
    assert_eq!(names(&loaded.set), ["female", "male"]);
    let expected =
        "keyword_model/child/author_name.txt: label `child` has no such file and is left out";
    assert_eq!(warnings(&loaded), [expected]);
    let loaded = RuleSet::load_path(
        directory.path(),
        RuleKind::RuleModel,
        "author_name",
        &Allowance::default(),
    )
    .unwrap();
    assert_eq!(
        loaded.set.labels[0].rules,
        [Rule::Pattern("a\tb|# c".into())]
    );
}

#[test]
fn a_single_file_is_one_label() {
    let directory = directory(&[("mother.txt", "媽\tpartially\n".as_bytes())]);
    let loaded = load(&directory.path().join("mother.txt")).unwrap();
    assert_eq!(
        (names(&loaded.set), loaded.set.name.as_str()),
        (vec!["mother"], "mother")
    );
}

#[test]
fn every_fault_of_every_file_is_reported_with_its_line() {
    let directory = directory(&[
        (
            "a.tsv",
            b"ok\tend\nno type\nx\tcontains\n\tend\nx\tend\tmore\n",
        ),
        ("b.tsv", b"\xff\tend\nx\tpartially,\n"),
    ]);
    let known = "expected one of partially, start, end, absolutely, exactly";
    let expected = [
        "a.tsv:2: the line has no match type, expected `text<TAB>match_type`".to_owned(),
        format!("a.tsv:3: unknown match type `contains`, {known}"),
        "a.tsv:4: the rule has no text".to_owned(),
        "a.tsv:5: the line has 3 columns, expected `text<TAB>match_type`".to_owned(),
        "b.tsv:1: the line is not valid UTF-8 from byte 1 on".to_owned(),
        format!("b.tsv:2: unknown match type ``, {known}"),
    ];
    assert_eq!(faults_in(&directory), expected);
    let error = load(directory.path()).unwrap_err();
    let host = directory.path().display().to_string();
    assert!(error.to_string().starts_with(&format!("{host}/a.tsv:2: ")));
    assert!(
        !error.without_paths().contains(&host),
        "{}",
        error.without_paths()
    );
    assert_eq!(error.faults()[1].without_path(), expected[1]);
}

#[test]
fn a_directory_without_rules_says_what_was_looked_for() {
    let empty = directory(&[("notes.txt", b"x")]);
    let name = empty
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let reason =
        "no rules were found: looked for <label>.tsv and for keyword_model/<label>/author_name.txt";
    let error = load(empty.path()).unwrap_err();
    assert_eq!(error.without_paths(), format!("{name}: {reason}"));
    let comments = directory(&[("a.tsv", b"# nothing\n")]);
    assert!(faults_in(&comments)[0].ends_with("no rules of a keyword_model were found"));
    let both = directory(&[
        ("a.tsv", b"x\tend"),
        ("keyword_model/a/author_name.txt", b"x\tend"),
    ]);
    assert!(faults_in(&both)[0].contains("holds rules in two forms"));
}

#[test]
fn a_path_that_cannot_be_read_is_a_fault() {
    let found = faults(load(Path::new("nowhere/rules")));
    assert!(
        found[0].starts_with("nowhere/rules: No such file or directory"),
        "{}",
        found[0]
    );
    assert!(
        found[0].ends_with("expected a directory of rules, or a .yaml, .yml, .tsv or .txt file")
    );
    let directory = directory(&[("rules.csv", b"x")]);
    assert!(faults(load(&directory.path().join("rules.csv")))[0].contains("expected a directory"));
    let climbing = RuleSet::load_path(
        directory.path(),
        RuleKind::KeywordModel,
        "../secret",
        &Allowance::default(),
    );
    assert!(faults(climbing)[0].contains("cannot be the name of a file"));
}

#[test]
fn a_comment_that_looks_like_a_rule_is_warned_about() {
    let directory = directory(&[(
        "a.tsv",
        b"#mom\tpartially\n# mom\twhatever\n#\nx\tend\nX\tend\n",
    )]);
    let found = warnings(&load(directory.path()).unwrap());
    assert!(
        found[0].starts_with("a.tsv:1: the line is skipped as a comment but looks like a rule")
    );
    assert_eq!(
        found[1..],
        ["a.tsv:5: rule \"X\" is the same as at line 4, it counts once"]
    );
}

#[test]
fn a_rule_of_two_files_names_the_other_file() {
    let directory = directory(&[("a.tsv", b"y\tend\nx\tend\n"), ("b.tsv", b"x\tend\n")]);
    let found = warnings(&load(directory.path()).unwrap());
    assert_eq!(
        found,
        ["b.tsv:1: rule \"x\" is in another label too, at a.tsv:2"]
    );
}
