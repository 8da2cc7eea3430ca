//! `audience cancel` of a run: in the directory of its project, and by a server.

use std::process::Command;

use rusqlite::Connection;
use serde_json::json;

use super::own_project::{Ended, OwnProject, end_of};
use super::served::Server;
use crate::support::wait_until;

/// A task that does not end by itself, and one that needs it.
const ENDLESS: &str = "
defaults: {grace: 1s}
tasks:
  endless: {run: 'echo $$ > pid; exec sleep 600'}
  later: {requires: [endless], run: 'echo x > later'}
";

fn has_begun(project: &OwnProject) -> bool {
    !project.read("pid").is_empty()
}

/// The id in `run 019a…: 2 to run`.
fn run_of(line: &str) -> &str {
    let id = line
        .strip_prefix("run ")
        .and_then(|rest| rest.split([':', ' ']).next());
    id.unwrap_or_else(|| panic!("{line}"))
}

#[test]
fn a_run_is_cancelled_in_the_directory_of_its_project() {
    let project = OwnProject::with(ENDLESS);
    let child = project.spawn(&["run", "later"]);
    wait_until("the command has begun", || has_begun(&project));
    let id = project.texts(".audience/state.db", "SELECT id FROM audience_pipeline_run");
    let cancelled = project.run(&["cancel", &id[0]]);
    assert_eq!(cancelled.code, 0, "{cancelled:?}");
    assert!(
        cancelled.out.starts_with(&format!("run {} is ", id[0])),
        "{cancelled:?}"
    );
    let ended = end_of(child);
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(ended.last_line().contains(" cancelled in "), "{ended:?}");
    assert!(!project.path("later").exists());
    let unknown = project.run(&["cancel", "019ac1f06b5c7d10a1b2c3d4e5f60718"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("there is no job"), "{unknown:?}");
}

#[test]
fn a_command_that_looks_makes_no_tables() {
    let project = OwnProject::with(ENDLESS);
    let database = Connection::open(project.path("foreign.db")).unwrap();
    database.execute("CREATE TABLE t (n INTEGER)", []).unwrap();
    let mut jobs = project.command(&["jobs"]);
    jobs.env("AUDIENCE__DATABASE__URL", "sqlite://foreign.db");
    let jobs: Ended = jobs.output().unwrap().into();
    assert_eq!(jobs.code, 1, "{jobs:?}");
    assert!(jobs.err.contains("audience migrate"), "{jobs:?}");
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    assert_eq!(project.texts("foreign.db", tables), ["t"]);
}

#[test]
fn a_relative_directory_of_logs_begins_at_the_working_directory() {
    let project = OwnProject::with("tasks: {say: {run: echo said}}");
    project.write("settings.yaml", "pipelines: {logs_dir: own_logs}");
    let ran = project.run(&["run", "say", "--settings", "settings.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(project.path("own_logs").is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_by_the_server_that_has_it() {
    let project = OwnProject::with(ENDLESS);
    let server = Server::start(&project, "server", json!({})).await;
    let ask = async |words: &[&str]| -> Ended {
        let words = [words, &["--server", server.url()]].concat();
        let mut command: Command = project.command(&words);
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
        ended.await.unwrap().into()
    };
    let started = ask(&["run", "later", "--detach"]).await;
    let id = run_of(started.out.trim()).to_owned();
    wait_until("the command has begun", || has_begun(&project));
    let cancelled = ask(&["cancel", &id]).await;
    assert_eq!(cancelled.code, 0, "{cancelled:?}");
    assert!(
        cancelled.out.starts_with(&format!("run {id} is ")),
        "{cancelled:?}"
    );
    let has_ended = async || ask(&["runs"]).await.out.contains("cancelled");
    while !has_ended().await {}
    assert!(!project.path("later").exists());
}
