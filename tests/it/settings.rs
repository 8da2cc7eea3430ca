//! The settings that the repository ships, and what variables change.

use std::fs;
use std::path::Path;

use audience::kafka::KafkaSettings;
use audience::settings::{Settings, SettingsPlace};
use audience::systems;
use audience::systems::dispatch::settings::DispatchSettings;
use audience::systems::labelling::settings::LabellingSettings;

use crate::support::Place;

#[test]
fn what_the_repository_ships_is_what_is_built_in() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("settings/default.yaml");
    let place = SettingsPlace {
        directory: Some(file),
    };
    let loaded = Settings::load(&place, &systems::all().sections()).unwrap();
    let labelling = loaded.system::<LabellingSettings>().labelling;
    let groups: Vec<&str> = labelling
        .groups
        .0
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        groups,
        ["fbfans", "Ptt", "Dcard", "Instagram", "blog", "forum"]
    );
    let built_in = Settings::default();
    assert_eq!(loaded.settings.runtime, built_in.runtime);
    assert_eq!(loaded.settings.retention, built_in.retention);
    assert_eq!(loaded.settings.server, built_in.server);
    assert_eq!(loaded.settings.database, built_in.database);
    assert_eq!(
        labelling.rows_per_slice,
        LabellingSettings::default().labelling.rows_per_slice
    );
    assert_eq!(loaded.settings.log.level, built_in.log.level);
    let dispatch: DispatchSettings = loaded.system();
    assert_eq!(
        dispatch.max_status_task,
        DispatchSettings::default().max_status_task
    );
    assert!(dispatch.service.is_empty() && loaded.system::<KafkaSettings>().mq_conf.is_none());
}

/// What `check` prints with these variables.
fn checked(variables: &[(&str, &str)]) -> (bool, String) {
    let place = Place::empty();
    fs::write(place.path("all.yaml"), "service: []\n").unwrap();
    let mut check = place.command();
    check.args(["check", "--settings", "all.yaml"]);
    let done = check.envs(variables.iter().copied()).output().unwrap();
    let printed = String::from_utf8(done.stdout).unwrap();
    (done.status.success(), printed)
}

#[test]
fn every_variable_at_fault_is_named() {
    let (succeeded, printed) = checked(&[
        ("AUDIENCE__SERVER__BNID", "x"),
        ("AUDIENCE__RUNTIME__JOBS_AT_ONCE", "many"),
        ("AUDIENCE__RUNTME__LEASE_MS", "5"),
        ("AUDIENCE__DATABASE", "here"),
    ]);
    assert!(!succeeded, "{printed}");
    for expected in [
        "variable AUDIENCE__SERVER__BNID: server: unknown field `bnid`, expected one of `bind`",
        "variable AUDIENCE__RUNTIME__JOBS_AT_ONCE: runtime.jobs_at_once: invalid type: string \
         \"many\", expected a whole number",
        "variable AUDIENCE__RUNTME__LEASE_MS: unknown field `runtme`, expected one of `default_env`",
        "variable AUDIENCE__DATABASE: database: invalid type: string \"here\", expected a mapping",
    ] {
        assert!(printed.contains(expected), "expected {expected}\n{printed}");
    }
    let (succeeded, printed) = checked(&[("AUDIENCE__RUNTIME__JOBS_AT_ONCE", "0")]);
    assert!(!succeeded, "{printed}");
    let expected = "variable AUDIENCE__RUNTIME__JOBS_AT_ONCE: runtime.jobs_at_once: 0 is out of";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn a_variable_is_read_as_what_its_key_takes() {
    let (succeeded, printed) = checked(&[
        ("AUDIENCE__RUNTIME__JOBS_AT_ONCE", "2"),
        ("AUDIENCE__RUNTIME__QUEUE_JOBS_MAX__QUEUE1", "2"),
        ("AUDIENCE__TELEMETRY__TRACES", "FALSE"),
        ("AUDIENCE__TELEMETRY__SAMPLING", "0.5"),
        ("AUDIENCE__TELEMETRY__HEADERS__X", "0123"),
        ("AUDIENCE__LABELLING__KEEP_STAGING", "1"),
        ("AUDIENCE__LABELLING__UNMAPPED", "skip"),
        ("AUDIENCE__LABELLING__RULES_DIR", "."),
        ("AUDIENCE__OUTPUTS__7__URL", "sqlite://7"),
        ("AUDIENCE__LABELLING__DEFAULT_OUTPUT", "7"),
    ]);
    assert!(succeeded, "{printed}");
}

#[test]
fn a_token_or_range_that_serve_refuses_is_a_fault() {
    let (is_good, printed) = checked(&[("AUTH_TOKEN", "short")]);
    assert!(!is_good, "{printed}");
    assert!(
        printed.contains("the variable AUTH_TOKEN is too short"),
        "{printed}"
    );
    let (is_good, printed) = checked(&[
        ("AUDIENCE__LABELLING__DEFAULT_START_TIME", "2021-01-01"),
        ("AUDIENCE__LABELLING__DEFAULT_END_TIME", "2020-01-01"),
    ]);
    assert!(!is_good, "{printed}");
    assert!(
        printed.contains("earlier than labelling.default_end_time"),
        "{printed}"
    );
}

#[test]
fn databases_that_cannot_be_made_or_are_missing_are_faults_and_nothing_is_made() {
    let place = Place::empty();
    fs::write(place.path("file"), "").unwrap();
    let settings = "database: {url: 'sqlite://file/a/own.db'}
sources: {gone: {url: 'csv://nonexist.csv'}}
outputs:
  result: {url: 'sqlite://file/b/out.db'}
  new: {url: 'sqlite://new/out.db'}
labelling: {default_source: gone, default_output: result, groups: {a: [WH_A]}}
";
    fs::write(place.path("all.yaml"), settings).unwrap();
    let mut check = place.command();
    check.args(["check", "--connect", "--settings", "all.yaml"]);
    let done = check.output().unwrap();
    let printed = String::from_utf8(done.stdout).unwrap();
    assert!(!done.status.success(), "{printed}");
    for expected in [
        "all.yaml:1: database.url: ",
        "its directory `file/a` is not there and cannot be made: `file` is not a directory",
        "all.yaml:2: sources.gone.url: csv://nonexist.csv: ",
        "all.yaml:4: outputs.result.url: sqlite://file/b/out.db: its directory",
    ] {
        assert!(
            printed.contains(expected),
            "{expected} is missing in\n{printed}"
        );
    }
    assert!(!printed.contains("outputs.new"), "{printed}");
    assert!(!place.path("new").exists(), "it only looks");
}

#[test]
fn an_empty_variable_is_none() {
    let (is_good, printed) = checked(&[("AUDIENCE_SETTINGS", ""), ("AUDIENCE_CA", "")]);
    assert!(is_good, "{printed}");
    let place = Place::empty();
    let mut check = place.command();
    let done = check.arg("check").env("AUDIENCE_SETTINGS", "").output();
    let said = String::from_utf8(done.unwrap().stderr).unwrap();
    assert!(!said.contains("a value is required"), "{said}");
}
