//! Tasks that fail, and what becomes of the others.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::own_project::{Ended, OwnProject, end_of, lives};
use crate::support::wait_until;

const DAY: &[&str] = &["--date", "2026-11-21"];

/// A task that fails, with what it needs and what needs it.
fn failing() -> OwnProject {
    let project = OwnProject::with(
        "
params: {date: {type: date}}
defaults: {retry_delay: 50ms..100ms}
tasks:
  raw:
    outputs: [\"raw/{date}\"]
  good:
    requires: [raw]
    run: cat \"$IN_raw\" > \"$OUT\"
    outputs: [\"good/{date}\"]
  bad:
    requires: [good]
    retries: 1
    run:
      - echo half > \"$OUT\"
      - |
        echo \"$AUDIENCE_ATTEMPT\" >> attempts
        [ -e mended ] && exit 0
        exit 4
    outputs: [\"bad/{date}\"]
  after_bad:
    requires: [bad]
    run: cat \"$IN_bad\" > \"$OUT\"
    outputs: [\"after/{date}\"]
  beside:
    requires: [good]
    run: cat \"$IN_good\" > \"$OUT\"
    outputs: [\"beside/{date}\"]
  all:
    requires: [after_bad, beside]
",
    );
    project.write("raw/2026-11-21", "rows\n");
    project
}

fn run(project: &OwnProject, task: &str, options: &[&str]) -> Ended {
    project.run(&[&["run", task], DAY, options].concat())
}

#[test]
fn what_needs_a_failed_task_is_skipped_and_everything_else_is_made() {
    let project = failing();
    let ended = run(&project, "all", &[]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let failed = ended.line("failed  bad(date=2026-11-21)");
    assert!(
        failed.starts_with(
            "failed  bad(date=2026-11-21)  exit 4 in script 2, attempt 2 of 2; audience logs "
        ),
        "{failed}"
    );
    let last = ended.last_line();
    assert!(
        last.starts_with("run ") && last.contains(" failed in "),
        "{last}"
    );
    assert!(
        last.ends_with(": 2 done, 1 failed, 2 skipped, 1 complete"),
        "{last}"
    );
    // What the lines say is not logged beside them.
    assert_eq!(ended.err, "");
    assert_eq!(project.read("attempts"), "1\n2\n");
    assert_eq!(project.read("beside/2026-11-21"), "rows\n");
    assert!(!project.path("bad/2026-11-21").exists() && project.temporaries().is_empty());
    let why = project.succeed(&["why", "bad", "--date", "2026-11-21"]);
    let expected = "bad(date=2026-11-21) can begin again: it has failed: exit 4 in script 2";
    assert!(why.starts_with(expected), "{why}");
    // The next run begins where this one ended.
    project.write("mended", "");
    let ended = run(&project, "all", &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.last_line().contains(": 2 done, 2 complete"),
        "{ended:?}"
    );
    assert_eq!(project.read("after/2026-11-21"), "half\n");
}

#[test]
fn what_stood_before_survives_a_failure() {
    let project = failing();
    project.write("bad/2026-11-21", "before\n");
    let ended = run(&project, "bad", &["--force"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(project.read("bad/2026-11-21"), "before\n");
    assert!(project.temporaries().is_empty());
    project.write("mended", "");
    let ended = run(&project, "bad", &["--force"]);
    assert_eq!(
        (ended.code, project.read("bad/2026-11-21")),
        (0, "half\n".into()),
        "{ended:?}"
    );
}

#[test]
fn a_failed_run_is_reported_to_programs() {
    let project = failing();
    let ended = run(&project, "after_bad", &["--json"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        (&report["state"], &report["counts"]["skipped"]),
        (&"failed".into(), &1.into())
    );
    let failed = &report["failed"][0];
    assert_eq!(failed["id"], "bad(date=2026-11-21)");
    assert_eq!(failed["error"], "exit 4 in script 2, attempt 2 of 2");
    let runs = project.succeed(&["runs", "--json"]);
    let runs: Value = serde_json::from_str(&runs).unwrap();
    assert_eq!(
        (&runs[0]["run"], &runs[0]["state"]),
        (&report["run"], &"failed".into())
    );
}

#[test]
fn success_without_the_output_is_a_failure() {
    let project = OwnProject::with(
        "
tasks:
  nothing: {run: 'true', outputs: [made/nothing]}
  one_of_two: {run: 'echo x > \"$OUT\"', outputs: [made/one, made/two]}
",
    );
    for (task, output) in [("nothing", "made/nothing"), ("one_of_two", "made/two")] {
        let ended = project.run(&["run", task]);
        assert_eq!(ended.code, 1, "{ended:?}");
        let failed = ended.line("failed");
        assert!(
            failed.contains(&format!("{task}  made no {output}; audience logs ")),
            "{failed}"
        );
        assert!(!project.path("made/one").exists() && project.temporaries().is_empty());
    }
}

#[test]
fn a_command_that_takes_too_long_is_ended() {
    let project = OwnProject::with(
        "
tasks:
  slow: {timeout: 300ms, grace: 200ms, run: 'echo $$ > pid; trap \"\" TERM; sleep 600; sleep 600'}
",
    );
    let ended = project.run(&["run", "slow"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.line("failed").contains("slow  timed out after 0.3 s"),
        "{ended:?}"
    );
    assert!(!lives(project.read("pid").trim()));
}

#[test]
fn a_missing_input_fails_the_run_after_the_rest_is_made() {
    let project = failing();
    let days = ["--date", "2026-11-21..2026-11-22"];
    let ended = project.run(&[&["run", "beside"], &days[..]].concat());
    assert_eq!(ended.code, 3, "{ended:?}");
    let last = ended.last_line();
    assert!(
        last.ends_with(": 2 done, 1 missing, 2 blocked, 1 complete"),
        "{last}"
    );
    assert_eq!(project.read("beside/2026-11-21"), "rows\n");
    let why = project.succeed(&["why", "beside", "--date", "2026-11-22"]);
    assert!(why.contains("raw(date=2026-11-22)"), "{why}");
}

#[test]
fn a_log_that_is_not_whole_is_reported_to_the_operator() {
    let project = OwnProject::with(
        "
tasks:
  say: {run: 'seq 1 2000000; echo x > \"$OUT\"', outputs: [made]}
",
    );
    let run = project.command(&["run", "say"]);
    // No file may become larger than 6 MiB: as on a disk that is full, nothing more can be written.
    let limited = "trap '' XFSZ; ulimit -f 12288; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(run.get_program());
    command.args(run.get_args()).stdin(Stdio::null());
    command.current_dir(run.get_current_dir().unwrap());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let ended: Ended = command.output().unwrap().into();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.contains("the log of an attempt is not whole: "),
        "{ended:?}"
    );
    assert_eq!(project.read("made"), "x\n");
}

#[test]
fn a_reader_of_a_log_that_goes_away_is_no_error() {
    let project = OwnProject::with("tasks: {say: {run: 'seq 1 100000'}}\n");
    project.succeed(&["run", "say"]);
    let mut child = project.spawn(&["logs", "say"]);
    let mut first = [0; 4];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"1\n2\n");
    let ended = end_of(child);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:?}");
}

#[test]
fn what_waits_for_something_that_is_away_says_so() {
    let project = OwnProject::with("tasks: {say: {run: 'echo x'}}\n");
    // A file stands where the directories of the files of jobs would be made.
    project.write(".audience/state_files/job", "");
    let child = project.spawn(&["run", "say"]);
    let state = ".audience/state.db";
    let waits = "SELECT waiting FROM audience_job WHERE waiting IS NOT NULL";
    wait_until("the job waits", || {
        project.path(state).exists()
            && project.has_table(state, "audience_job")
            && !project.texts(state, waits).is_empty()
    });
    fs::remove_file(project.path(".audience/state_files/job")).unwrap();
    let ended = end_of(child);
    assert_eq!(ended.code, 0, "{ended:?}");
    ended.line("waits   say  the place of artifacts since ");
}
