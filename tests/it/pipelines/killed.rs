//! `kill -9` of the command and of the executor, and two commands at once.

use std::io::{BufRead, BufReader};
use std::process::Child;

use super::own_project::{OwnProject, end_of, kill, wait_until_ended};
use crate::support::wait_until;

const DAY: &str = "2026-11-21";

/// A task that begins, and ends when the file `go` is there.
const WAITING: &str = "
tasks:
  once:
    run: |
      echo \"$AUDIENCE_ATTEMPT\" >> begun
      echo \"$$\" >> pids
      echo before
      while [ ! -e go ]; do sleep 0.05; done
      echo after
      cp begun \"$OUT\"
    outputs: [made/once]
";

/// Reads the lines of a command until so many begin with `done`, or it has ended.
fn read_until_done(child: &mut Child, count: usize) {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let done = lines.filter(|line| line.as_ref().is_ok_and(|line| line.starts_with("done ")));
    done.take(count).for_each(drop);
}

#[test]
fn a_backfill_that_is_killed_again_and_again_is_finished_by_the_next() {
    let project = OwnProject::example(DAY, DAY);
    let backfill = [
        "backfill",
        "daily",
        "--date",
        DAY,
        "--settings",
        "settings.yaml",
    ];
    for done in [1, 9, 17] {
        let mut child = project.spawn(&backfill);
        read_until_done(&mut child, done);
        kill(child);
    }
    let mut child = project.spawn(&backfill);
    read_until_done(&mut child, 4);
    project.kill_executors();
    let ended = end_of(child);
    assert_eq!(ended.code, 0, "{ended:?}");
    project.python(&["check_figures.py", "data", DAY]);
    assert_eq!(project.temporaries(), Vec::<std::path::PathBuf>::new());
    let twice = "SELECT i.identity FROM audience_pipeline_instance i
                 JOIN audience_job j ON j.id = i.job_id WHERE j.state = 'succeeded'
                 GROUP BY i.identity HAVING count(DISTINCT j.id) > 1";
    assert_eq!(project.texts("audience.db", twice), Vec::<String>::new());
    let markers = "SELECT identity FROM audience_pipeline_marker";
    assert_eq!(project.texts("audience.db", markers).len(), 71);
}

#[test]
fn a_command_whose_server_was_killed_is_taken_back() {
    let project = OwnProject::with(WAITING);
    let child = project.spawn(&["run", "once"]);
    wait_until("the command has begun", || !project.read("pids").is_empty());
    kill(child);
    let mut again = project.spawn(&["run", "once"]);
    let mut first = String::new();
    BufReader::new(again.stdout.as_mut().unwrap())
        .read_line(&mut first)
        .unwrap();
    project.write("go", "");
    let ended = end_of(again);
    assert_eq!(ended.code, 0, "{first}{ended:?}");
    assert_eq!(project.read("made/once"), "1\n");
    assert_eq!(project.succeed(&["logs", "once"]), "before\nafter\n");
}

#[test]
fn the_end_of_a_command_without_a_server_counts() {
    let project = OwnProject::with(WAITING);
    let child = project.spawn(&["run", "once"]);
    wait_until("the command has begun", || !project.read("pids").is_empty());
    kill(child);
    project.write("go", "");
    wait_until_ended(&project.lines("pids"));
    assert!(!project.path("made/once").exists());
    project.succeed(&["run", "once"]);
    assert_eq!(
        (project.read("made/once"), project.read("begun")),
        ("1\n".into(), "1\n".into())
    );
}

#[test]
fn a_command_whose_executor_was_killed_is_ended_and_begun_again() {
    let project = OwnProject::with(WAITING);
    let child = project.spawn(&["run", "once"]);
    wait_until("the command has begun", || !project.read("pids").is_empty());
    let first = project.lines("pids");
    project.kill_executors();
    wait_until("it has begun again", || project.lines("pids").len() == 2);
    wait_until_ended(&first);
    project.write("go", "");
    let ended = end_of(child);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(project.read("made/once"), "1\n2\n");
    assert!(project.temporaries().is_empty());
}

/// Ended when it is dropped, also by a test that fails.
pub(super) struct Server(Child);

impl Server {
    pub(super) fn of(project: &OwnProject, settings: &[&str]) -> Self {
        Self(project.spawn(&[&["serve"], settings].concat()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn a_server_makes_what_was_left_to_it_and_takes_back_what_it_was_killed_over() {
    let project = OwnProject::with(WAITING);
    project.write(
        "settings.yaml",
        "database: {url: 'sqlite://state.db'}
server: {bind: '127.0.0.1:0'}
pipelines: {projects: [{path: project.yaml}]}
",
    );
    let settings = ["--settings", "settings.yaml"];
    project.succeed(&[&["run", "once", "--detach"], &settings[..]].concat());
    assert!(!project.path("begun").exists());
    let serve = || Server::of(&project, &settings);
    let server = serve();
    wait_until("the command has begun", || !project.read("pids").is_empty());
    drop(server);
    let _server = serve();
    project.write("go", "");
    wait_until("it is made", || project.path("made/once").exists());
    assert_eq!(project.read("made/once"), "1\n");
    let runs = || project.succeed(&[&["runs"], &settings[..]].concat());
    wait_until("the run has ended", || runs().contains("succeeded  1 done"));
}

#[test]
fn two_commands_at_once_make_each_instance_once() {
    let project = OwnProject::with(
        "
tasks:
  part:
    params: {n: {type: int, values: [1, 2, 3, 4, 5, 6, 7, 8]}}
    run: |
      echo \"$n\" >> begun
      sleep 0.1
      echo \"$n\" > \"$OUT\"
    outputs: [\"parts/{n}\"]
  whole:
    requires: [part]
    run: |
      echo whole >> begun
      cat $IN_part > \"$OUT\"
    outputs: [whole]
",
    );
    let both = [
        project.spawn(&["run", "whole"]),
        project.spawn(&["run", "whole"]),
    ];
    for child in both {
        let ended = end_of(child);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    let mut begun = project.lines("begun");
    begun.sort();
    assert_eq!(begun, ["1", "2", "3", "4", "5", "6", "7", "8", "whole"]);
    assert_eq!(project.lines("whole").len(), 8);
}
