//! Statements of tasks and outputs that are rows, in each database.

use super::own_project::{OwnProject, end_of};
use crate::support::{DatabaseKind, OwnDatabase, on_each_kind, wait_until};

const TASKS: &str = "
params: {date: {type: date}}
tasks:
  mark_day:
    sql:
      connection: warehouse
      run: |
        CREATE TABLE IF NOT EXISTS days (day varchar(10) PRIMARY KEY, made varchar(64));
        DELETE FROM days WHERE day = :date; -- :date in a comment
        INSERT INTO days (day, made) VALUES (:date, 'not :date');
    outputs: [{sql: \"SELECT 1 FROM days WHERE day = :date\", connection: warehouse}]
  half:
    requires: [mark_day]
    sql:
      connection: warehouse
      run: |
        INSERT INTO days (day, made) VALUES ('half', :date);
        INSERT INTO nowhere (day) VALUES (:date);
  nothing:
    requires: [mark_day]
    sql: {connection: warehouse, run: \"DELETE FROM days WHERE day = 'none'\"}
    outputs: [{sql: \"SELECT made FROM days WHERE day = 'none'\", connection: warehouse}]
";

const DAY: &[&str] = &["--date", "2026-11-21", "--settings", "settings.yaml"];

#[test]
fn statements_are_one_transaction_and_rows_are_outputs_in_each_database() {
    on_each_kind(|database| {
        let project = OwnProject::with(TASKS);
        let settings = format!(
            "pipelines: {{connections: {{warehouse: {{url: '{}'}}}}}}\n",
            database.url
        );
        project.write("settings.yaml", &settings);
        let run = |command: &str, task: &str| project.run(&[&[command, task], DAY].concat());
        let plan = run("plan", "mark_day");
        assert!(
            plan.line("mark_day")
                .contains("run       no SELECT 1 FROM days"),
            "{plan:?}"
        );
        let made = run("run", "mark_day");
        assert_eq!(made.code, 0, "{made:?}");
        assert_eq!(database.texts("SELECT day FROM days"), ["2026-11-21"]);
        assert_eq!(database.texts("SELECT made FROM days"), ["not :date"]);
        let plan = run("plan", "mark_day");
        assert!(plan.line("mark_day").contains("complete"), "{plan:?}");
        let failed = run("run", "half");
        assert_eq!(failed.code, 1, "{failed:?}");
        let line = failed.line("failed  half");
        assert!(line.contains("  connection warehouse: "), "{line}");
        assert_eq!(database.count("days"), 1);
        let failed = run("run", "nothing");
        assert_eq!(failed.code, 1, "{failed:?}");
        assert!(
            failed
                .line("failed")
                .contains("made no SELECT made FROM days"),
            "{failed:?}"
        );
    });
}

/// A task whose statements take longer than any test, with these keys beside them; before and after comes
/// a row.
fn endless(database: &OwnDatabase, keys: &str) -> OwnProject {
    let statement = match database.kind {
        DatabaseKind::Sqlite => {
            "INSERT INTO days SELECT count(*), 'x' FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)"
        }
        DatabaseKind::Postgres => "SELECT pg_sleep(3600); SELECT pg_sleep(3600)",
        // One that is interrupted ends without an error.
        DatabaseKind::MySql => "DO SLEEP(3600); DO SLEEP(3600)",
    };
    let project = OwnProject::with(&format!(
        "{TASKS}  endless:
    {keys}
    params: {{date: {{type: date}}}}
    requires: [mark_day]
    sql:
      connection: warehouse
      run: |
        INSERT INTO days (day, made) VALUES ('before', 'x');
        {statement};
        INSERT INTO days (day, made) VALUES ('after', 'x');
  count:
    requires: [mark_day]
    sql: {{connection: warehouse, run: \"UPDATE days SET made = 'counted'\"}}
"
    ));
    let settings = format!(
        "pipelines: {{connections: {{warehouse: {{url: '{}'}}}}}}\n",
        database.url
    );
    project.write("settings.yaml", &settings);
    project
}

#[test]
fn statements_that_take_too_long_are_interrupted_in_each_database() {
    on_each_kind(|database| {
        let keys = "{timeout: 300ms, grace: 1h, retries: 1, retry_delay: 10ms}";
        let keys = keys.trim_matches(['{', '}']).replace(", ", "\n    ");
        let project = endless(database, &keys);
        let ended = project.run(&[&["run", "endless"], DAY].concat());
        assert_eq!(ended.code, 1, "{ended:?}");
        let line = ended.line("failed  endless");
        assert!(
            line.contains("  timed out after 0.3 s, attempt 2 of 2"),
            "{line}"
        );
        assert_eq!(database.texts("SELECT day FROM days"), ["2026-11-21"]);
        // Nothing is locked any more.
        let next = project.run(&[&["run", "count"], DAY].concat());
        assert_eq!(next.code, 0, "{next:?}");
        assert_eq!(database.texts("SELECT made FROM days"), ["counted"]);
    });
}

#[test]
fn statements_are_interrupted_when_their_run_is_cancelled() {
    on_each_kind(|database| {
        // Only a database that does not obey is given the grace.
        let project = endless(database, "grace: 1h");
        let child = project.spawn(&[&["run", "endless"], DAY].concat());
        let begun = "SELECT count(*) || '' FROM audience_batch WHERE checkpoint LIKE '%begun%'
                     AND job_id IN (SELECT id FROM audience_job WHERE title LIKE 'endless%')";
        let state = ".audience/state.db";
        wait_until("the statements have begun", || {
            !database.columns("days").is_empty()
                && database.count("days") == 1
                && project.texts(state, begun) == ["1"]
        });
        let id = project.texts(state, "SELECT id FROM audience_pipeline_run");
        let cancelled = project.run(&["cancel", &id[0], "--settings", "settings.yaml"]);
        assert_eq!(cancelled.code, 0, "{cancelled:?}");
        let ended = end_of(child);
        assert_eq!(ended.code, 130, "{ended:?}");
        assert!(ended.last_line().contains(" cancelled in "), "{ended:?}");
        assert_eq!(database.texts("SELECT day FROM days"), ["2026-11-21"]);
        let next = project.run(&[&["run", "count"], DAY].concat());
        assert_eq!(next.code, 0, "{next:?}");
    });
}
