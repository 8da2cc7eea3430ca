//! Values of secrets: in the command only.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::own_project::OwnProject;

const VALUE: &str = "s3cr3t-value-0123";
const ADDED: &str = "another-value-4567";

/// Files below a folder in which one of the values stands.
fn holding(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holding(&path, found);
        } else if let Ok(bytes) = fs::read(&path) {
            let holds = |value: &str| {
                bytes
                    .windows(value.len())
                    .any(|window| window == value.as_bytes())
            };
            if [VALUE, ADDED].into_iter().any(holds) {
                found.push(path.display().to_string());
            }
        }
    }
}

#[test]
fn secrets_are_masked_in_logs_and_stand_nowhere_in_the_store() {
    let project = OwnProject::with(&format!(
        "
secrets: [TOKEN]
tasks:
  show:
    secrets: [TOKEN]
    run: |
      echo \"the token is $TOKEN\"
      printf '%s' \"${{TOKEN:0:9}}\"; sleep 0.2; printf '%s.\\n' \"${{TOKEN:9}}\"
      echo \"::add-mask::$(rev <<< {})\"
      rev <<< {}
      exit 3
  blind:
    run: |
      echo \"without ${{TOKEN:-nothing}}\"
",
        ADDED.chars().rev().collect::<String>(),
        ADDED.chars().rev().collect::<String>(),
    ));
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("AUDIENCE_SECRET_TOKEN", VALUE);
        super::own_project::Ended::from(command.output().unwrap())
    };
    let ended = run(&["run", "show"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.line("failed").contains("exit 3 in script 1"),
        "{ended:?}"
    );
    assert!(!ended.err.contains(VALUE) && !ended.out.contains(VALUE));
    let log = run(&["logs", "show"]);
    assert_eq!(log.code, 0, "{log:?}");
    let lines: Vec<&str> = log
        .out
        .lines()
        .filter(|line| !line.contains("::add-mask::"))
        .collect();
    assert_eq!(lines, ["the token is ***", "***.", "***"]);
    assert!(
        !log.out.contains(VALUE) && !log.out.contains(ADDED),
        "{log:?}"
    );
    assert_eq!(run(&["run", "blind"]).code, 0);
    assert_eq!(run(&["logs", "blind"]).out, "without nothing\n");
    let mut found = Vec::new();
    holding(&project.path(".audience"), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_secret_without_a_value_fails_only_its_users() {
    let project = OwnProject::with(
        "
secrets: [TOKEN]
tasks:
  user: {secrets: [TOKEN], run: 'true'}
  other: {run: 'true'}
  all: {requires: [user, other]}
",
    );
    let ended = project.run(&["run", "all"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let failed = ended.line("failed  user");
    assert!(
        failed.contains("user  secret TOKEN has no value on this server"),
        "{failed}"
    );
    assert!(
        ended.last_line().ends_with(": 1 done, 1 failed, 1 skipped"),
        "{ended:?}"
    );
}

#[test]
fn a_command_gets_no_files_of_whoever_started_it() {
    let project = OwnProject::with(
        "tasks: {open: {run: 'ls -l /proc/self/fd > \"$OUT\"', outputs: [open.txt]}}",
    );
    let command = project.command(&["run", "open"]);
    let program = command.get_program().to_owned();
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut shell = Command::new("bash");
    shell.args(["-c", "exec 9>of-the-caller; exec \"$0\" \"$@\""]);
    shell
        .arg(program)
        .args(arguments)
        .current_dir(project.path("."));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let ended = shell.output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let open = project.read("open.txt");
    assert!(open.contains("-> "), "{open}");
    assert!(!open.contains("of-the-caller"), "{open}");
}
