//! An import as a task of a project.

use std::fs;

use serde_json::Value;

use super::{LOG, rows};
use crate::support::Place;

const PROJECT: &str = r#"
project: goods
tasks:
  export:
    run: printf '品名,数量\n机,1\n棚,x\n' > "$OUT"
    outputs: [goods.csv]
  rows:
    requires: [export]
    uses: import
    with: {file: goods.csv, mapping: log}
  told:
    requires: [rows]
    run: printf '%s\n' "$RESULT_rows" > "$OUT"
    outputs: [told.json]
"#;

const SETTINGS: &str = "
database: {url: 'sqlite://audience.db'}
prediction: {dir: .}
";

#[test]
fn a_task_imports_what_an_earlier_one_has_made() {
    let place = Place::empty();
    fs::create_dir(place.path("imports")).unwrap();
    for (file, text) in [
        ("project.yaml", PROJECT),
        ("settings.yaml", SETTINGS),
        ("imports/log.yaml", LOG),
    ] {
        fs::write(place.path(file), text).unwrap();
    }
    let mut command = place.command();
    command.args(["run", "told", "--settings", "settings.yaml"]);
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    let told = fs::read_to_string(place.path("told.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["inserted"], &told["problems"]),
        (&2.into(), &1.into())
    );
    assert_eq!(told["mapping_version"], 1);
    assert_eq!(rows(&place.path("audience.db"), "log").len(), 2);
}
