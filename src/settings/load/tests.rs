use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::super::Problems;
use super::*;

/// A system that the loader does not know.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ToySettings {
    toy: Toy,
    toys: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Toy {
    size: u64,
    name: Option<String>,
}

impl SystemSettings for ToySettings {
    fn check(&self, problems: &mut Problems<'_>) {
        problems
            .within("toy")
            .expect_between("size", self.toy.size, 0..=9);
    }
}

fn load(files: &[(&str, &str)]) -> Result<Loaded, SettingsError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let place = SettingsPlace {
        directory: Some(folder.path().to_owned()),
    };
    let folder = folder.path().display().to_string();
    let sections = Sections::of_the_engine().with::<ToySettings>();
    Settings::load(&place, &sections).map_err(|mut error| {
        for fault in &mut error.faults {
            fault.place = fault.place.replace(&folder, "");
        }
        error
    })
}

fn faults_of(files: &[(&str, &str)]) -> Vec<String> {
    match load(files) {
        Ok(_) => Vec::new(),
        Err(error) => error.faults.iter().map(ToString::to_string).collect(),
    }
}

fn faults(default: &str) -> Vec<String> {
    faults_of(&[("default.yaml", default)])
}

#[test]
fn a_system_finds_its_own_settings() {
    let loaded = load(&[("default.yaml", "toy: {size: 3}\nlog: {level: debug}\n")]).unwrap();
    assert_eq!(loaded.system::<ToySettings>().toy.size, 3);
    assert_eq!(loaded.settings.log.level, "debug");
    let made = Loaded::made(Settings::default());
    assert_eq!(made.system::<ToySettings>(), ToySettings::default());
    let toys = ToySettings {
        toys: vec!["ball".to_owned()],
        ..ToySettings::default()
    };
    assert_eq!(made.with(toys.clone()).system::<ToySettings>(), toys);
}

#[test]
fn an_empty_file_leaves_everything_as_it_is() {
    for text in ["", "# nothing\n", "---\n", "{}\n", "toy:\nserver:\n"] {
        assert_eq!(faults(text), [""; 0], "{text:?}");
    }
}

#[test]
fn every_fault_of_a_file_is_reported_with_line_and_key() {
    let text = "server:\n  bnd: x\n  max_body_bytes: many\nlog:\n  format: loud\nruntme: {}\n";
    let found = faults(text);
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(found[0].starts_with("/default.yaml:2: server: unknown field `bnd`, expected"));
    assert!(found[1].starts_with("/default.yaml:3: server.max_body_bytes: invalid type: string"));
    assert!(found[2].starts_with("/default.yaml:5: log.format: unknown variant `loud`, expected"));
    assert!(found[3].starts_with("/default.yaml:6: unknown field `runtme`, expected"));
    for known in ["`server`", "`telemetry`", "`toy`", "`toys`", "`STAGE`"] {
        assert!(found[3].contains(known), "{}", found[3]);
    }
}

#[test]
fn a_file_that_is_not_a_mapping_is_a_fault() {
    let found = faults("- server\n");
    assert_eq!(
        found,
        ["/default.yaml:1: invalid type: sequence, expected a mapping"]
    );
    let found = faults("TEST: 5\ndefault_env: TEST\n");
    assert_eq!(
        found,
        ["/default.yaml:1: TEST: invalid type: integer `5`, expected a mapping"]
    );
}

#[test]
fn repeated_keys_are_faults_at_every_level() {
    let text = "log: {}\nserver:\n  bind: x\n  bind: y\nTEST:\n  toy: {size: 1, size: 2}\n\
                TEST: {}\nlog: {}\ndefault_env: TEST\n";
    assert_eq!(
        faults(text),
        [
            "/default.yaml:4: server: the key `bind` is given twice, first on line 3",
            "/default.yaml:6: TEST.toy: the key `size` is given twice, first on line 6",
            "/default.yaml:7: the key `TEST` is given twice, first on line 5",
            "/default.yaml:8: the key `log` is given twice, first on line 1",
        ]
    );
}

#[test]
fn values_out_of_range_are_reported_with_what_was_expected() {
    let found = faults("log: {level: inof}\n");
    assert!(found[0].starts_with("/default.yaml:1: log.level: `inof` is not a level"));
    let found = faults("runtime:\n  jobs_at_once: 0\nserver:\n  bind: here\ntoy:\n  size: 10\n");
    assert_eq!(
        found,
        [
            "/default.yaml:4: server.bind: `here` is not an address, expected one such as \
             127.0.0.1:8080",
            "/default.yaml:2: runtime.jobs_at_once: 0 is out of range, expected 1 to 1024",
            "/default.yaml:6: toy.size: 10 is out of range, expected 0 to 9",
        ]
    );
    let found = faults("database:\n  url: mysql://u:secret@h/d?ssl_mode=REQUIRED\n");
    assert!(
        found[0].starts_with("/default.yaml:2: database.url: a URL that begins with `mysql:` has no option `ssl_mode`;"),
        "{found:#?}"
    );
    assert!(!found[0].contains("secret"));
    let telemetry = "telemetry:\n  sampling: 2\n  endpoint: here\n  headers: {A b: \"ü\"}\n";
    assert_eq!(
        faults(telemetry),
        [
            "/default.yaml:3: telemetry.endpoint: `here` is not an address; expected \
             http://host:4317 or https://…",
            "/default.yaml:2: telemetry.sampling: `2` is not a ratio; expected a number from 0 to 1",
            "/default.yaml:4: telemetry.headers.A b: is not a valid header name; expected \
             lower-case letters, digits, `-`, `_` and `.`, not ending in `-bin`",
            "/default.yaml:4: telemetry.headers.A b: has characters that are not allowed in a \
             header; expected printable ASCII characters",
        ]
    );
}

#[test]
fn a_fault_in_the_file_or_section_of_an_environment_is_found_there() {
    let default = "toy:\n  size: 1\ndefault_env: STAGE\nSTAGE:\n  toy:\n    size: x\n\
                   TEST:\n  srver: {}\n  default_env: TEST\n";
    let found = faults_of(&[
        ("default.yaml", default),
        ("development.yaml", "log:\n\n  level: 5\n  formt: json\n"),
    ]);
    assert_eq!(found.len(), 4, "{found:#?}");
    let starts = [
        "/default.yaml:6: STAGE.toy.size: invalid type: string \"x\", expected a whole number",
        "/default.yaml:8: TEST: unknown field `srver`, expected one of `default_env`, `server`,",
        "/default.yaml:9: TEST: `default_env` cannot be set in a section of an environment",
        "/development.yaml:4: log: unknown field `formt`, expected `level` or `format`",
    ];
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}");
    }
}

#[test]
fn a_value_out_of_range_is_reported_where_it_was_set_last() {
    let default = "toy:\n  size: 1\nlog: {level: info}\ndefault_env: STAGE\n\
                   STAGE:\n  toy:\n    size: 11\n";
    let development = "toy: {name: x}\nlog:\n  level: loud\n";
    let found = faults_of(&[("default.yaml", default), ("development.yaml", development)]);
    assert!(
        found[0].starts_with("/development.yaml:3: log.level: `loud`"),
        "{found:#?}"
    );
    assert!(
        found[1].starts_with("/default.yaml:7: toy.size: 11 is out of range"),
        "{found:#?}"
    );
    // The other file has the same section, but not this key.
    let found = faults_of(&[
        ("default.yaml", "toy:\n  size: 12\n"),
        ("development.yaml", development),
    ]);
    assert!(
        found[1].starts_with("/default.yaml:2: toy.size: 12"),
        "{found:#?}"
    );
}

#[test]
fn invalid_yaml_is_reported_for_every_file() {
    let found = faults_of(&[
        ("default.yaml", "toy:\n\tsize: 1\n"),
        ("development.yaml", "toy: 1\n---\ntoy: 2\n"),
    ]);
    assert_eq!(
        found,
        [
            "/default.yaml:2: a tab in the indentation; expected spaces (column 2)",
            "/development.yaml:2: a second document begins here; expected only one in a file",
        ]
    );
}

#[test]
fn anchors_and_the_ends_of_lines_of_windows_are_understood() {
    let text = "\u{feff}toy: &toy\r\n  size: 2\r\nSTAGE:\r\n  toy: *toy\r\ndefault_env: STAGE\r\n";
    let loaded = load(&[("default.yaml", text)]).unwrap();
    assert_eq!(loaded.system::<ToySettings>().toy.size, 2);
    let found = faults(&text.replace("size: 2", "size: 20"));
    assert!(
        found[0].contains("toy.size: 20 is out of range"),
        "{found:#?}"
    );
}

#[test]
fn a_list_is_replaced_and_a_mapping_is_merged() {
    let files = [
        ("default.yaml", "toys: [a, b]\ntoy: {size: 1, name: x}\n"),
        ("development.yaml", "toys: [c]\ntoy: {size: 2}\n"),
    ];
    let settings = load(&files).unwrap().system::<ToySettings>();
    assert_eq!(settings.toys, ["c"]);
    assert_eq!(
        (settings.toy.size, settings.toy.name.as_deref()),
        (2, Some("x"))
    );
}

#[test]
fn a_missing_place_or_file_is_reported() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    let default = empty.path().join("default.yaml");
    for (directory, expected) in [
        (
            Path::new("no/such/folder"),
            "no/such/folder: does not exist, expected a directory with `default.yaml`".to_owned(),
        ),
        (
            empty.path(),
            format!("{}: cannot be read", default.display()),
        ),
    ] {
        let place = SettingsPlace {
            directory: Some(directory.to_owned()),
        };
        let error = Settings::load(&place, &Sections::of_the_engine()).expect_err("no settings");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

#[test]
fn what_is_set_in_another_way_is_named() {
    let before = load(&[("default.yaml", "toy: {size: 3, name: a}\ntoys: [a, b]\n")]);
    let before = before.unwrap();
    let same = "toys:\n- a\n- 'b'\n# elsewhere\ntoy:\n  name: \"a\"\n  size: 3\n";
    let other = "toy: {size: 4}\ntoys: [a]\naccess: {tokens: {}, origins: []}\n";
    for (after, expected) in [
        (same, &[][..]),
        (
            other,
            &[
                "access.origins",
                "access.tokens",
                "toy.name",
                "toy.size",
                "toys",
            ],
        ),
    ] {
        let after = load(&[("default.yaml", after)]).unwrap();
        assert_eq!(after.differences(&before), expected);
        assert_eq!(before.differences(&after), expected);
    }
}
