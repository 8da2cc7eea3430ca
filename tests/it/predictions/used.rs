//! A prediction as a task of a project.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{CHURN, churn};
use crate::support::Place;

const PROJECT: &str = r#"
project: nightly
tasks:
  scores:
    uses: predict
    with:
      model: churn
      from: {source: crm, table: customers}
      key: id
      into: churn_scores
  told:
    requires: [scores]
    run: printf '%s\n' "$RESULT_scores" > "$OUT"
    outputs: [told.json]
"#;

const SETTINGS: &str = "
database: {url: 'sqlite://audience.db'}
sources: {crm: {url: 'sqlite://crm.db'}}
";

#[test]
fn a_task_scores_a_table() {
    let place = Place::empty();
    for (file, text) in [
        ("project.yaml", PROJECT.to_owned()),
        ("settings.yaml", SETTINGS.to_owned()),
        ("model.txt", churn()),
        ("model.yaml", CHURN.to_owned()),
    ] {
        fs::write(place.path(file), text).unwrap();
    }
    let crm = Connection::open(place.path("crm.db")).unwrap();
    crm.execute_batch(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, age INTEGER, fare REAL);
         INSERT INTO customers VALUES (1, 40, 10), (2, 20, 10), (3, 40, 90)",
    )
    .unwrap();
    let package = place.path("churn");
    fs::create_dir(&package).unwrap();
    for file in ["model.txt", "model.yaml"] {
        fs::rename(place.path(file), package.join(file)).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = place.command();
        command
            .args(arguments)
            .args(["--settings", "settings.yaml"]);
        let done = command.output().unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {errors}");
    };
    run(&["model", "add", "churn", "churn"]);
    run(&["model", "alias", "churn", "champion", "1", "--unproved"]);
    run(&["run", "told"]);
    let told = fs::read_to_string(place.path("told.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!([&told["scored"], &told["failed"]], [&json!(3), &json!(0)]);
    assert_eq!(told["model_version"], 1);
    let own = Connection::open(place.path("audience.db")).unwrap();
    let mut rows = own
        .prepare("SELECT prediction FROM churn_scores ORDER BY id")
        .unwrap();
    let labels = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let labels: Vec<String> = labels.collect::<Result<_, _>>().unwrap();
    assert_eq!(labels, ["leave", "stay", "leave"]);
}
