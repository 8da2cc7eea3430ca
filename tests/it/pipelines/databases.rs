//! Statements of tasks and outputs that are rows, in each database.

use super::own_project::OwnProject;
use crate::support::on_each_kind;

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
