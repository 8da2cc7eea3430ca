//! Faults of rules and receivers are found with file, line and key.

use std::fs;

use audience::settings::{Settings, SettingsPlace};
use audience::systems;

const FAULTY: &str = "\
notify:
  - when: job.failed
    to: [hook:slack]
  - name: on call
    when: [job.failed, job.vanished]
    to:
      - hook:nobody
    quiet: 7 to 22
    throttle_s: 90000
hooks:
  slack:
    url_variable: NO_SUCH_VARIABLE_OF_THE_TEST
    format: slack
  near: {url: \"http://127.0.0.1:9/\"}
  own: {url: \"https://example.org/\", format: slack, secret_variable: HOME}
  both: {url: \"https://example.org/\", url_variable: HOME}
notify_allow: [10.0.0.0/8]
";

#[test]
fn all_faults_are_found_with_file_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faulty.yaml");
    fs::write(&file, FAULTY).unwrap();
    let place = SettingsPlace {
        directory: Some(file.clone()),
    };
    let error = Settings::load(&place, &systems::all().sections()).unwrap_err();
    let faults: Vec<String> = error.faults.iter().map(ToString::to_string).collect();
    let name = file.display();
    let expected = [
        (
            17,
            "notify_allow: `10.0.0.0/8`: expected an address such as 10.0.0.5",
        ),
        (16, "hooks.both: expected either `url` or `url_variable`"),
        (
            14,
            "hooks.near.url: the address 127.0.0.1:9 of 127.0.0.1 is not public",
        ),
        (
            15,
            "hooks.own.secret_variable: this format has no signature",
        ),
        (
            12,
            "hooks.slack.url_variable: the variable NO_SUCH_VARIABLE_OF_THE_TEST is not set",
        ),
        (4, "notify[1].name: expected 1 to 64 of"),
        (
            5,
            "notify[1].when: `job.vanished` is not an event, expected one of job.succeeded",
        ),
        (
            7,
            "notify[1].to[0]: there is no hook `nobody`; known are both, near, own, slack",
        ),
        (
            9,
            "notify[1].throttle_s: 90000 is out of range, expected 0 to 86400",
        ),
        (
            8,
            "notify[1].quiet: `7 to 22`: expected hours such as 22:00-07:00",
        ),
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, (line, problem)) in faults.iter().zip(expected) {
        let beginning = format!("{name}:{line}: {problem}");
        assert!(
            fault.starts_with(&beginning),
            "{fault}\nexpected {beginning}"
        );
    }
}
