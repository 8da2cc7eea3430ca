//! `audience label` with a model, which is in the database of the settings and not in the output.

use std::process::Command;

use rusqlite::Connection;
use serde_json::Value;

use super::sentiment::Sentiment;
use super::{RANGE, content, feelings};
use crate::support::{Place, TASK, expected_of, task_is_as_expected, write_posts};

const ROWS: u32 = 800;

/// A folder with posts and groups, and a model `sentiment` whose alias `champion` has version 1.
pub(super) fn place_with(rows: u32, models: &[&Sentiment]) -> Place {
    let place = Place::empty();
    write_posts(&place.path("posts.db"), &feelings(rows));
    std::fs::write(
        place.path("groups.yaml"),
        "groups: {a: [WH_A], b: [WH_B]}\n",
    )
    .unwrap();
    for (no, model) in models.iter().enumerate() {
        let file = format!("model-{no}.json");
        std::fs::write(place.path(&file), model.file().to_string()).unwrap();
        succeeds(&mut with_models(
            &place,
            &["model", "add", "sentiment", &file],
        ));
    }
    move_alias(&place, 1);
    place
}

pub(super) fn move_alias(place: &Place, version: usize) {
    let version = version.to_string();
    let arguments = [
        "model",
        "alias",
        "sentiment",
        "champion",
        &version,
        "--unproved",
    ];
    succeeds(&mut with_models(place, &arguments));
}

/// The program with models in a database of their own.
pub(super) fn with_models(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.command();
    command
        .env("AUDIENCE__DATABASE__URL", "sqlite://models.db")
        .args(arguments);
    command
}

pub(super) fn label(place: &Place, model: &str) -> Command {
    with_models(
        place,
        &[
            "label",
            "--source",
            "sqlite://posts.db",
            "--table",
            "ts_page_content",
            "--groups",
            "groups.yaml",
            "--output",
            "sqlite://out.db",
            "--start",
            "2020-01-01",
            "--end",
            "2020-02-01 00:00:00",
            "--task-id",
            TASK,
            "--predict-type",
            "content",
            "--model-type",
            "text_model",
            "--model",
            model,
            "--json",
        ],
    )
}

pub(super) fn succeeds(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {errors}");
    String::from_utf8(done.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_the_settings_labels_into_any_output() {
    let model = Sentiment::new(6);
    let place = place_with(ROWS, &[&model]);
    let mut command = label(&place, "sentiment@champion");
    let report: Value =
        serde_json::from_str(&succeeds(command.args(["--min-score", "0.5"]))).unwrap();
    assert_eq!(report["model_type"], "text_model", "{report}");
    let expected = expected_of(&feelings(ROWS), RANGE, content, |text| {
        model.best(text, 0.5)
    });
    let output = format!("sqlite://{}", place.path("out.db").display());
    task_is_as_expected(&output, TASK, &expected);
    let connection = Connection::open(place.path("out.db")).unwrap();
    let models: i64 = connection
        .query_row("SELECT count(*) FROM audience_model", [], |row| row.get(0))
        .unwrap();
    assert_eq!(models, 0, "the model stays where it is");
}

#[test]
fn arguments_that_do_not_go_together_are_named() {
    let place = place_with(10, &[&Sentiment::new(1)]);
    let fails = |model: &str, arguments: &[&str]| {
        let done = label(&place, model).args(arguments).output().unwrap();
        let errors = String::from_utf8(done.stderr).unwrap();
        assert!(!done.status.success(), "{errors}");
        errors
    };
    let errors = fails("sentiment", &["--rules", "rules"]);
    assert!(
        errors.contains("--model") && errors.contains("--rules"),
        "{errors}"
    );
    let errors = fails("sentiment", &["--min-score", "much"]);
    assert!(
        errors.contains("--min-score: expected a number, found `much`"),
        "{errors}"
    );
    let errors = fails("sentimant", &[]);
    let expected = "there is no model sentimant; known: sentiment";
    assert!(
        errors.contains("--model") && errors.contains(expected),
        "{errors}"
    );
    let done = label(&place, "sentiment")
        .env("AUDIENCE__DATABASE__URL", "sqlite://elsewhere.db")
        .output()
        .unwrap();
    let errors = String::from_utf8(done.stderr).unwrap();
    assert!(errors.contains("there is no model sentiment"), "{errors}");
    assert!(!place.path("elsewhere.db").exists(), "it is not made");
}
