//! Gates without a server: a labelling ends where one holds it, and continues once it is approved.

use std::process::Output;

use serde_json::json;

use crate::support::{Place, TASK};

fn run(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command();
    let command = command
        .env("AUDIENCE__DATABASE__URL", "sqlite://out.db")
        .env("AUDIENCE__OUTPUTS__OUTPUT__URL", "sqlite://out.db")
        .args(arguments);
    command.output().unwrap()
}

fn label(place: &Place) -> (Option<i32>, String) {
    let done = place.label(&[("--rules", "people.yaml")]).output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    (done.status.code(), errors)
}

#[test]
fn a_labelling_that_is_held_ends_with_1_and_publishes_once_it_is_approved() {
    let place = Place::with_rows(200);
    let rules = json!({
        "model_type": "mixed_model", "name": "people", "in": ["author"], "gate": { "coverage_max": 0 },
        "labels": { "first": ["amy", "阿美"], "second": ["bob", "eve"] },
    });
    // JSON is YAML.
    std::fs::write(place.path("people.yaml"), rules.to_string()).unwrap();
    let (code, errors) = label(&place);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("held by the gate of its rules"), "{errors}");
    assert!(errors.contains("audience rules approve"), "{errors}");

    let unknown = "f".repeat(32);
    let nobody = run(&place, &["rules", "approve", &unknown, "--why", "x"]);
    assert_eq!(nobody.status.code(), Some(2));
    let approved = run(&place, &["rules", "approve", TASK, "--why", "as wanted"]);
    let errors = String::from_utf8_lossy(&approved.stderr).into_owned();
    assert_eq!(approved.status.code(), Some(0), "{errors}");
    let said = String::from_utf8_lossy(&approved.stdout).into_owned();
    assert_eq!(said, format!("job {TASK} is approved\n"));
    let again = run(&place, &["rules", "reject", TASK, "--why", "after all"]);
    assert_eq!(again.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(errors.contains("approved already"), "{errors}");

    let (code, errors) = label(&place);
    assert_eq!(code, Some(0), "{errors}");
}
