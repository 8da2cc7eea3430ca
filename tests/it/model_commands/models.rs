//! Models stored, tested, and their aliases moved.

use std::fs;

use serde_json::{Value, json};

use super::{json_of, place, printed, succeeds};
use crate::model_labels::sentiment::Sentiment;

#[test]
fn versions_are_added_and_an_alias_is_moved_and_taken_back() {
    let place = place();
    assert_eq!(
        succeeds(&place, &["model", "list"]),
        "no models are stored\n"
    );
    let added = json_of(&place, &["model", "add", "sentiment", "package"]);
    assert_eq!(
        (&added["model"], &added["version"], &added["state"]),
        (&json!("sentiment"), &json!(1), &json!("proved")),
        "{added}"
    );
    assert_eq!(
        (&added["format"], &added["task"]),
        (&json!("text-linear"), &json!("text"))
    );
    let added = succeeds(&place, &["model", "add", "sentiment", "two.json"]);
    assert!(
        added.starts_with("sentiment, version 2: unproved (text-linear, text)\n"),
        "{added}"
    );
    let moved = json_of(&place, &["model", "alias", "sentiment", "champion", "1"]);
    assert_eq!(
        (&moved["version"], &moved["previous"]),
        (&json!(1), &Value::Null),
        "{moved}"
    );
    let (code, _, errors) = printed(&place, &["model", "alias", "sentiment", "champion", "2"]);
    assert_eq!(code, 1);
    assert!(errors.contains("is unproved"), "{errors}");
    let arguments = ["model", "alias", "sentiment", "champion", "2", "--unproved"];
    assert_eq!(json_of(&place, &arguments)["previous"], 1);
    let list = json_of(&place, &["model", "list"]);
    let model = &list["models"][0];
    assert_eq!(model["aliases"][0]["version"], 2, "{list}");
    assert_eq!(model["versions"].as_array().unwrap().len(), 2);
    let shown = succeeds(&place, &["model", "list"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "sentiment");
    assert!(
        lines[1].contains("2  unproved  text-linear  text") && lines[1].ends_with("champion"),
        "{shown}"
    );
    let back = succeeds(&place, &["model", "rollback", "sentiment", "champion"]);
    assert_eq!(back, "sentiment, alias champion: version 1\n");
    let (code, _, errors) = printed(&place, &["model", "rollback", "sentiment", "champion"]);
    assert_eq!(
        (code, errors.contains("no version before")),
        (1, true),
        "{errors}"
    );
    let (code, _, errors) = printed(&place, &["model", "rollback", "sentimant", "champion"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("there is no model sentimant; known: sentiment"),
        "{errors}"
    );
}

#[test]
fn a_model_that_answers_otherwise_than_its_goldens_is_refused() {
    let place = place();
    let arguments = [
        "model",
        "add",
        "sentiment",
        "two.json",
        "--golden",
        "golden.json",
    ];
    let (code, shown, errors) = printed(&place, &arguments);
    assert_eq!(code, 1, "{errors}");
    assert!(
        shown.starts_with("sentiment, version 1: refused"),
        "{shown}"
    );
    assert!(
        shown.contains("row 0 of the goldens\n  expected "),
        "{shown}"
    );
    let (code, shown, _) = printed(&place, &[&arguments[..], &["--json"]].concat());
    let refused: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (code, &refused["state"], &refused["row"]),
        (1, &json!("refused"), &json!(0))
    );
    fs::write(place.path("weights.pkl"), b"\x80\x04\x95").unwrap();
    let (code, shown, _) = printed(&place, &["model", "add", "pickled", "weights.pkl"]);
    assert_eq!(code, 1);
    assert!(shown.starts_with("pickled, version 1: refused"), "{shown}");
    let (code, _, errors) = printed(&place, &["model", "add", "x", "nowhere.txt"]);
    assert_eq!(code, 2);
    assert!(errors.starts_with("error: nowhere.txt: "), "{errors}");
    let (code, _, errors) = printed(&place, &["model", "add", "a@b", "one.json"]);
    assert_eq!(
        (code, errors.contains("name: expected")),
        (2, true),
        "{errors}"
    );
}

#[test]
fn models_are_tested_as_files_and_by_their_names() {
    let place = place();
    let tested = json_of(&place, &["model", "test", "package"]);
    assert_eq!(
        (&tested["state"], &tested["rows"]),
        (&json!("proved"), &json!(4)),
        "{tested}"
    );
    let arguments = ["model", "test", "two.json", "--golden", "golden.json"];
    let (code, shown, _) = printed(&place, &arguments);
    assert_eq!(code, 1);
    assert!(
        shown.starts_with("two.json: refused\n  row 0 of the goldens: "),
        "{shown}"
    );
    let (code, _, errors) = printed(&place, &["model", "test", "one.json"]);
    assert_eq!(
        (code, errors.contains("has no goldens")),
        (2, true),
        "{errors}"
    );
    succeeds(&place, &["model", "add", "sentiment", "package"]);
    let tested = succeeds(&place, &["model", "test", "sentiment:1"]);
    assert!(
        tested.starts_with("sentiment, version 1: proved; all 4 rows"),
        "{tested}"
    );
    assert!(
        tested.contains("missing in no row of the goldens, so that it is not proved: text"),
        "{tested}"
    );
    let other = Sentiment::new(2).golden(&["awful"]).to_string();
    fs::write(place.path("other.json"), other).unwrap();
    let arguments = ["model", "test", "sentiment:1", "--golden", "other.json"];
    assert_eq!(printed(&place, &arguments).0, 1);
    let (code, _, errors) = printed(&place, &["model", "test", "sentiment:9"]);
    assert_eq!(
        (code, errors.contains("has no version 9; known: 1")),
        (2, true),
        "{errors}"
    );
}
