use std::fs;
use std::path::Path;

use clap::FromArgMatches;

use super::*;

fn run(words: &[&str]) -> Outcome {
    let command = RulesArguments::augment_args(clap::Command::new("rules"));
    let words = ["rules"].into_iter().chain(words.iter().copied());
    let matches = command.try_get_matches_from(words).unwrap();
    match RulesArguments::from_arg_matches(&matches).unwrap().action {
        Action::Lint(arguments) => lint::run(&arguments),
        Action::Fmt(arguments) => fmt::run(&arguments),
        Action::Convert(arguments) => convert::run(&arguments),
        Action::Diff(arguments) => diff::run(&arguments),
        Action::Explain(arguments) => explain::run(&arguments),
        other => panic!("{other:?} needs a program"),
    }
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[test]
fn lint_ends_with_1_if_there_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "a.yaml");
    fs::write(
        &file,
        "model_type: mixed_model\nlabels:\n  a:\n    - 拉麵店\n    - 拉麵\n",
    )
    .unwrap();
    let outcome = run(&["lint", &file]);
    assert_eq!(outcome.code, 0);
    assert_eq!(
        outcome.lines,
        [
            "a.yaml:4: W02: 拉麵店 partially is covered by 拉麵 partially (a.yaml:5); remove it",
            "2 rules in 1 label: 0 errors, 1 warning"
        ]
    );
    fs::write(
        &file,
        "model_type: mixed_model\nlabels:\n  a:\n    - a AND b OR c\n",
    )
    .unwrap();
    let outcome = run(&["lint", "--json", &file]);
    assert_eq!(outcome.code, 1);
    let json: serde_json::Value = serde_json::from_str(&outcome.document.unwrap()).unwrap();
    assert_eq!(json["findings"][0]["code"], "E01");
    assert_eq!(json["findings"][0]["column"], 9);
    assert_eq!(json["counts"]["E01"], 1);
    let outcome = run(&["lint", &path(folder.path(), "none.yaml")]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.errors[0].contains("none.yaml"), "{outcome:?}");
}

#[test]
fn a_list_of_keywords_becomes_a_mixed_set_in_every_form_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let list = path(folder.path(), "food.tsv");
    fs::write(&list, "拉麵\tpartially\n拉麵店\tstart,end\n").unwrap();
    let mut from = list;
    let mut digests = Vec::new();
    for (form, name) in [
        ("yaml", "a.yaml"),
        ("tsv", "tree"),
        ("tsv", "tree.zip"),
        ("csv", "a.csv"),
        ("xlsx", "a.xlsx"),
        ("json", "a.json"),
    ] {
        let to = path(folder.path(), name);
        let outcome = run(&[
            "convert", &from, "--to", form, "-o", &to, "--mixed", "--json",
        ]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let json: serde_json::Value = serde_json::from_str(&outcome.document.unwrap()).unwrap();
        digests.push(json["digest"].to_string());
        from = to;
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "{digests:?}");
    let outcome = run(&["diff", &path(folder.path(), "a.yaml"), &from]);
    assert_eq!(outcome.lines, ["the rules are the same"]);
}

#[test]
fn fmt_writes_once_and_keeps_comments_unless_they_are_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "a.yaml");
    let written = "model_type:   mixed_model\nname: a\nlabels: {a: ['b   AND c']} # why\n";
    fs::write(&file, written).unwrap();
    assert_eq!(run(&["fmt", "--check", &file]).code, 1);
    let outcome = run(&["fmt", &file]);
    assert_eq!(
        (outcome.code, fs::read_to_string(&file).unwrap().as_str()),
        (2, written)
    );
    assert_eq!(run(&["fmt", "--drop-comments", &file]).code, 0);
    let formatted = fs::read_to_string(&file).unwrap();
    assert_eq!(
        formatted,
        "name: a\nmodel_type: mixed_model\nlabels:\n  - name: a\n    rules:\n      - b AND c\n"
    );
    assert_eq!(run(&["fmt", "--check", &file]).code, 0);
    let tree = path(folder.path(), "tree");
    assert_eq!(run(&["convert", &file, "--to", "tsv", "-o", &tree]).code, 0);
    assert_eq!(run(&["fmt", "--check", &tree]).code, 0);
    fs::write(format!("{tree}/labels/a.tsv"), "b  OR c\texpression\n").unwrap();
    assert_eq!(run(&["fmt", &tree]).code, 0);
    assert_eq!(
        fs::read_to_string(format!("{tree}/labels/a.tsv")).unwrap(),
        "b OR c\texpression\n"
    );
}

#[test]
fn diff_shows_rules_that_came_and_went() {
    let folder = tempfile::tempdir().unwrap();
    let (older, newer) = (path(folder.path(), "a.yaml"), path(folder.path(), "b.yaml"));
    let head = "name: a\nmodel_type: mixed_model\nlabels:\n";
    fs::write(&older, format!("{head}  a: [b, c]\n")).unwrap();
    fs::write(&newer, format!("{head}  a: [c, d]\n")).unwrap();
    let outcome = run(&["diff", &older, &newer]);
    assert_eq!(outcome.lines, ["a - b  (a.yaml:4)", "a + d  (b.yaml:4)"]);
    let outcome = run(&["diff", "--json", &older, &newer]);
    let json: serde_json::Value = serde_json::from_str(&outcome.document.unwrap()).unwrap();
    assert_eq!(json["rules"]["added"][0]["text"], "d");
    assert_eq!(json["from"]["name"], "a");
}

#[test]
fn explain_says_which_rules_are_true_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "eating.yaml");
    let example = include_str!("../../../../../examples/sample/rules/eating.yaml");
    fs::write(&file, example).unwrap();
    assert_eq!(
        run(&["lint", &file]).lines,
        ["6 rules in 2 labels: 0 errors, 0 warnings"]
    );
    let outcome = run(&["explain", &file, "--content", "好吃的拉面", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&outcome.document.unwrap()).unwrap();
    assert_eq!(json["set"]["name"], "eating");
    assert_eq!(json["given"][0], "noodles");
    assert_eq!(
        json["labels"][0]["rules"][0]["span"],
        serde_json::json!([9, 15])
    );
    let outcome = run(&["explain", &file, "--content", "好吃的拉面"]);
    assert!(
        outcome.lines.contains(&"given: noodles".to_owned()),
        "{outcome:?}"
    );
    assert!(
        outcome
            .lines
            .iter()
            .any(|line| line.contains("拉麵 (eating.yaml:17) in content at bytes 9–15")),
        "{outcome:?}"
    );
    let outcome = run(&["explain", &file, "--content", "拉麵抽獎"]);
    assert_eq!(
        outcome.lines[0],
        "dropped by 抽獎 OR 贈獎: no label is given"
    );
    assert_eq!(run(&["explain", &file]).code, 2);
}
