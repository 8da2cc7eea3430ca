//! Incremental runs, compared row by row with full runs of the same sets over the same rows.

mod equal;
mod refused;

use audience::systems::labelling::panels::{BesideKind, ResultRow, StateRow, open_sink};
use rusqlite::Connection;
use serde_json::Value;

use crate::health::recount::Set;
use crate::support::{DatabaseKind, LEASE, OwnDatabase, Place, TASK};

/// The task after the first one.
const LATER_TASK: &str = "fedcba9876543210fedcba9876543210";

/// A folder, and an output that has the engine's tables, too.
struct Run {
    place: Place,
    output: OwnDatabase,
}

/// What a task has brought about, but for times and memory.
#[derive(Debug, PartialEq)]
struct Brought {
    rows: Vec<(&'static str, ResultRow)>,
    state: StateRow,
    health: Value,
}

impl Run {
    fn new(kind: DatabaseKind, rows: u32) -> Self {
        Self {
            place: Place::with_rows(rows),
            output: OwnDatabase::new(kind),
        }
    }

    fn write_rules(&self, name: &str, set: &Value) {
        std::fs::write(self.place.path(name), set.to_string()).unwrap();
    }

    fn label(&self, task: &str, rules: &str, end: &str) -> std::process::Command {
        let mut command = self.place.label(&[
            ("--rules", rules),
            ("--task-id", task),
            ("--end", end),
            ("--output", &self.output.url),
        ]);
        command.env("AUDIENCE__LABELLING__ROWS_PER_SLICE", "40");
        command
    }

    /// The first task, which keeps a ledger.
    fn base(&self, set: &Set) {
        self.write_rules("base.yaml", &set.document());
        let mut command = self.label(TASK, "base.yaml", "2020-01-20");
        succeed(command.arg("--ledger"));
    }

    /// A row of the base is edited, and one is gone.
    fn change_rows(&self) {
        let posts = Connection::open(self.place.path("posts.db")).unwrap();
        let sql = "UPDATE ts_page_content SET content = 'zed and amy' WHERE id IN (
                       SELECT id FROM ts_page_content WHERE content IS NOT NULL
                       ORDER BY post_time, id LIMIT 3)";
        assert!(posts.execute(sql, []).unwrap() > 0);
        let sql = "DELETE FROM ts_page_content WHERE id IN (
                       SELECT id FROM ts_page_content ORDER BY post_time, id LIMIT 1 OFFSET 9)";
        assert!(posts.execute(sql, []).unwrap() > 0);
    }

    fn ledger_bodies(&self, task: &str) -> usize {
        let sink = open_sink(&self.output.url, LEASE).unwrap();
        let mut bodies = 0;
        sink.beside(task, BesideKind::Ledger, &mut |_: &[u8]| {
            bodies += 1;
            true
        })
        .unwrap();
        bodies
    }

    fn brought(&self, task: &str) -> Brought {
        let sink = open_sink(&self.output.url, LEASE).unwrap();
        let mut rows = Vec::new();
        for group in ["a", "b", "other"] {
            let read = sink.read_results(task, group, &mut |row| {
                rows.push((group, row));
                true
            });
            read.unwrap();
        }
        rows.sort_by(|(one, row), (other, its)| {
            (one, &row.id, &row.panel).cmp(&(other, &its.id, &its.panel))
        });
        let state = sink.state_of(task).unwrap().unwrap();
        Brought {
            rows,
            state: StateRow {
                create_time: String::new(),
                peak_memory: None,
                run_time: None,
                ..state
            },
            health: self.health(task),
        }
    }

    fn health(&self, task: &str) -> Value {
        let mut command = self.place.command();
        let command = command
            .env("AUDIENCE__DATABASE__URL", &self.output.url)
            .env("AUDIENCE__OUTPUTS__OUTPUT__URL", &self.output.url)
            .args(["rules", "health", task, "--json"]);
        serde_json::from_str(&succeed(command)).unwrap()
    }
}

/// What the command prints.
fn succeed(command: &mut std::process::Command) -> String {
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    String::from_utf8(done.stdout).unwrap()
}
