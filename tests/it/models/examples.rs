//! The models of `examples/prediction`, and the script beside them as people run it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::made::{made, read_lines, run_python};
use crate::support::Place;

fn example(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/prediction");
    folder.join(name)
}

/// Runs the program; what it printed.
fn printed(place: &Place, arguments: &[&str]) -> String {
    let done = place.command().args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(done.stdout).unwrap()
}

fn tested(place: &Place, path: &Path) -> Value {
    let path = path.display().to_string();
    serde_json::from_str(&printed(place, &["model", "test", "--json", &path])).unwrap()
}

#[test]
fn the_models_of_the_example_are_proved_and_small() {
    let place = Place::empty();
    for name in ["churn", "sentiment"] {
        let tested = tested(&place, &example(name));
        assert_eq!(tested["state"], "proved", "{tested}");
        // Each value is missing in some row of the goldens, but the text of a text model, which never is.
        let expected = if name == "churn" {
            json!([])
        } else {
            json!(["text"])
        };
        assert_eq!(tested["never_missing"], expected, "{tested}");
        let files = std::fs::read_dir(example(name)).unwrap();
        let bytes: u64 = files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum();
        assert!(bytes < 150 * 1024, "{name}: {bytes}");
    }
}

#[test]
fn customers_are_answered_in_their_order() {
    let place = Place::empty();
    let (model, rows) = (example("churn"), example("customers.csv"));
    let (model, rows) = (model.display().to_string(), rows.display().to_string());
    printed(
        &place,
        &["predict", &model, "--in", &rows, "--out", "scores.jsonl"],
    );
    let answers: Vec<Value> = read_lines(&place.path("scores.jsonl"));
    assert_eq!(answers.len(), 20);
    for answer in &answers {
        let scores = answer["scores"].as_object().unwrap();
        assert_eq!(scores.keys().collect::<Vec<_>>(), ["leave", "stay"]);
        let sum: f64 = scores.values().map(|score| score.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{answer}");
    }
    // The tenth came three months ago, pays much and is in Osaka; the seventeenth stays with what they have.
    assert_eq!(answers[9]["label"], "leave");
    assert_eq!(answers[16]["label"], "stay");
}

#[test]
fn the_training_script_makes_a_package_that_is_proved() {
    let (place, folder) = (Place::empty(), TempDir::new().unwrap());
    run_python(&["examples/prediction/train_churn.py"], folder.path());
    let tested = tested(&place, &folder.path().join("churn"));
    assert_eq!(tested["state"], "proved", "{tested}");
    let committed = std::fs::read_to_string(example("customers.csv")).unwrap();
    let made = std::fs::read_to_string(folder.path().join("customers.csv")).unwrap();
    assert_eq!(made, committed);
}

#[test]
fn the_script_exports_a_file_of_joblib_with_rows_of_a_csv() {
    let (place, folder) = (Place::empty(), TempDir::new().unwrap());
    let (model, sample) = (made().path("export.joblib"), made().path("export.csv"));
    let (model, sample) = (model.display().to_string(), sample.display().to_string());
    let package = folder.path().join("exported.zip");
    let script = "examples/prediction/export_model.py";
    let said = run_python(&[script, &model, &sample], &package);
    assert_eq!(said.trim(), package.display().to_string());
    let tested = tested(&place, &package);
    assert_eq!(tested["state"], "proved", "{tested}");
    assert!(tested["rows"].as_u64().unwrap() > 20, "{tested}");
}
