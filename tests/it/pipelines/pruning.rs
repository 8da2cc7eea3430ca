//! What is left of runs that ended long ago.

use rusqlite::Connection;

use super::killed::Server;
use super::own_project::OwnProject;
use crate::support::wait_until;

const PROJECT: &str = "
tasks:
  part:
    params: {n: {type: int, values: [1, 2, 3, 4, 5]}}
    run: echo \"$n\" >> begun
  whole:
    requires: [part]
    run: echo whole > \"$OUT\"
    outputs: [whole]
";

#[test]
fn old_runs_are_dropped_and_what_they_made_stays() {
    let project = OwnProject::with(PROJECT);
    project.write(
        "settings.yaml",
        "database: {url: 'sqlite://state.db'}
server: {bind: '127.0.0.1:0'}
retention: {jobs_days: 10, every_s: 1, rows_per_step: 2}
pipelines: {projects: [{path: project.yaml}]}
",
    );
    let settings = ["--settings", "settings.yaml"];
    let succeed = |command: &[&str]| project.succeed(&[command, &settings[..]].concat());
    succeed(&["run", "whole"]);
    let state = Connection::open(project.path("state.db")).unwrap();
    let count = |table: &str| -> i64 {
        let count = format!("SELECT count(*) FROM audience_pipeline_{table}");
        state.query_row(&count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("instance"), 6);
    const LONG_AGO: &str = "
        UPDATE audience_pipeline_run SET ended_at = ended_at - 11 * 86400000000;
        UPDATE audience_pipeline_version SET at = at - 11 * 86400000000";
    state.execute_batch(LONG_AGO).unwrap();
    // Of another version, and kept: it has just ended.
    project.write(
        "project.yaml",
        &project.read("project.yaml").replace("[1, 2", "[2"),
    );
    succeed(&["run", "whole", "--force"]);

    let _server = Server::of(&project, &settings);
    wait_until("the old run is dropped", || count("run") == 1);
    wait_until("its version is dropped", || count("version") == 1);
    assert_eq!(count("instance"), 5);
    assert_eq!(count("marker"), 6);
    let plan = succeed(&["plan", "whole"]);
    assert!(plan.contains("complete"), "{plan}");
}
