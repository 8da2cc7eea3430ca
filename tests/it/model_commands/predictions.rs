//! Rows of files answered by models.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{TEXTS, place, printed, succeeds};
use crate::model_labels::sentiment::{Sentiment, is_same};
use crate::support::Place;

fn answers(place: &Place, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(place.path(file)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn assert_answered(found: &[Value], model: &Sentiment, texts: &[&str]) {
    assert_eq!(found.len(), texts.len());
    for (found, text) in found.iter().zip(texts) {
        let expected = model.answer(text);
        assert!(
            is_same(found, &expected),
            "{text}: {found} instead of {expected}"
        );
    }
}

#[test]
fn answers_come_in_the_order_of_the_rows() {
    let place = place();
    let lines = TEXTS.map(|text| json!({ "id": 7, "text": text }).to_string());
    fs::write(place.path("rows.jsonl"), lines.join("\n")).unwrap();
    let arguments = [
        "predict",
        "one.json",
        "--in",
        "rows.jsonl",
        "--out",
        "answers.jsonl",
    ];
    let (code, shown, errors) = printed(&place, &arguments);
    assert_eq!((code, shown.as_str()), (0, ""), "{errors}");
    assert!(errors.contains("left aside: id\n"), "{errors}");
    assert!(errors.contains("4 rows answered by one.json\n"), "{errors}");
    assert_answered(
        &answers(&place, "answers.jsonl"),
        &Sentiment::new(1),
        &TEXTS,
    );
    // Many rows, as CSV, by a version that is stored.
    let texts: Vec<&str> = TEXTS.iter().copied().cycle().take(5_000).collect();
    let mut rows = "text,id\n".to_owned();
    for (id, text) in texts.iter().enumerate() {
        rows += &format!("{text},{id}\n");
    }
    fs::write(place.path("rows.csv"), rows).unwrap();
    succeeds(&place, &["model", "add", "sentiment", "package"]);
    succeeds(&place, &["model", "add", "sentiment", "two.json"]);
    for (given, seed) in [("sentiment:1", 1), ("sentiment:2", 2)] {
        let arguments = [
            "predict",
            given,
            "--in",
            "rows.csv",
            "--out",
            "all.jsonl",
            "--json",
        ];
        let done: Value = serde_json::from_str(&succeeds(&place, &arguments)).unwrap();
        assert_eq!(
            (&done["rows"], &done["without_answer"]),
            (&json!(5_000), &json!(0)),
            "{done}"
        );
        assert_eq!(done["model"], "sentiment");
        assert_answered(&answers(&place, "all.jsonl"), &Sentiment::new(seed), &texts);
    }
    let arguments = [
        "predict",
        "sentiment",
        "--in",
        "rows.csv",
        "--out",
        "all.jsonl",
    ];
    let (code, _, errors) = printed(&place, &arguments);
    assert_eq!(code, 1);
    assert!(
        errors.contains("no version of model sentiment is ready"),
        "{errors}"
    );
    succeeds(&place, &["model", "alias", "sentiment", "champion", "1"]);
    succeeds(&place, &arguments);
}

#[test]
fn numbers_come_from_standard_input_and_answers_go_to_standard_output() {
    let place = place();
    let mut command = place.command();
    command.args(["predict", "age.txt", "--in", "-", "--out", "-"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let mut input = program.stdin.take().unwrap();
    input.write_all(b"name,age\nx,30\ny,31\nz,\n").unwrap();
    drop(input);
    let done = program.wait_with_output().unwrap();
    let errors = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{errors}");
    assert_eq!(
        String::from_utf8(done.stdout).unwrap(),
        "value,error\n1.0,\n2.0,\n1.0,\n"
    );
}

#[test]
fn what_cannot_be_answered_is_named_and_leaves_the_file_as_it_was() {
    let place = place();
    fs::write(place.path("out.csv"), "before").unwrap();
    fs::write(place.path("rows.csv"), "age\n30\n3o\n").unwrap();
    fs::write(
        place.path("rows.jsonl"),
        "{\"age\": 30}\n{\"age\": \"x\"}\n",
    )
    .unwrap();
    for (input, expected) in [
        (
            "rows.csv",
            "error: rows.csv: line 3, column \"age\": expected a number or nothing, found \"3o\"",
        ),
        (
            "rows.jsonl",
            "error: rows.jsonl: line 2, column age: expected a number or null, found \"x\"",
        ),
        ("nowhere.csv", "error: nowhere.csv: "),
    ] {
        let arguments = ["predict", "age.txt", "--in", input, "--out", "out.csv"];
        let (code, _, errors) = printed(&place, &arguments);
        assert_eq!(code, 2, "{errors}");
        assert!(errors.starts_with(expected), "{errors}");
        assert_eq!(fs::read_to_string(place.path("out.csv")).unwrap(), "before");
    }
    for (model, expected) in [
        (
            "nothing",
            "there is no file nothing, nor a model of that name",
        ),
        ("nothing.txt", "error: nothing.txt: "),
        ("golden.json", "error: golden.json: "),
        ("a:b", "expected NAME, NAME@ALIAS or NAME:VERSION"),
    ] {
        let arguments = ["predict", model, "--in", "rows.csv", "--out", "out.csv"];
        let (code, _, errors) = printed(&place, &arguments);
        assert_eq!(
            (code, errors.contains(expected)),
            (2, true),
            "{model}: {errors}"
        );
    }
    assert!(!place.path("models.db").exists(), "nothing is made");
}
