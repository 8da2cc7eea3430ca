//! Imports whose process dies: there as a whole or not at all, and continued by the next process.

use std::process::Stdio;
use std::time::{Duration, Instant};

use audience::fault::{FaultKind, FaultPoint, Faults};
use rusqlite::Connection;
use serde_json::json;

use super::{LOG, import};
use crate::support::{Place, TestApp, wait_until};
use crate::survival::program::Program;

const ROWS: usize = 20_000;
const KILLS: u32 = 6;
const ID: &str = "0123456789abcdef0123456789abcdef";

fn csv(rows: usize) -> String {
    let lines = (0..rows).map(|no| format!("品{no},{no}\n"));
    format!("品名,数量\n{}", lines.collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_committed_before_a_crash_are_not_written_again() {
    for (point, kind) in [
        (FaultPoint::AfterPublish, FaultKind::Panic),
        (FaultPoint::AfterPublish, FaultKind::Outage),
        (FaultPoint::BeforePublish, FaultKind::Panic),
    ] {
        let faults = Faults::default().with(point, kind, 1, 1);
        let app = TestApp::with().faults(faults).start(&[]).await;
        let content = csv(50);
        let done = import(&app, ("a.csv", content.as_bytes()), &[("mapping", LOG)]).await;
        assert_eq!(done["state"], "imported", "{done}");
        assert_eq!(done["rows"]["inserted"], json!(50));
        assert_eq!(app.count("SELECT count(*) FROM log"), 50);
        assert_eq!(app.count("SELECT count(*) FROM audience_output_import"), 1);
        app.stop().await;
    }
}

#[test]
fn an_import_that_is_killed_again_and_again_is_there_as_a_whole() {
    let place = Place::empty();
    std::fs::write(place.path("a.csv"), csv(ROWS)).unwrap();
    std::fs::write(place.path("log.yaml"), LOG).unwrap();
    let command = || {
        let mut command = place.command();
        command.args(["import", "run", "a.csv", "--mapping", "log.yaml", "--json"]);
        command.args(["--output", "sqlite://out.db", "--task-id", ID]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    let written = || -> i64 {
        let connection = Connection::open(place.path("out.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        let count = connection.query_row("SELECT count(*) FROM log", [], |row| row.get(0));
        count.unwrap_or(0)
    };
    let mut undisturbed = Duration::from_millis(1_500);
    for no in 0..KILLS {
        let mut program = Program::start(&mut command());
        let (began, moment) = (Instant::now(), undisturbed * (no * 7 % 20 + 3) / 20);
        while began.elapsed() < moment && !program.has_ended() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if program.has_ended() {
            undisturbed = began.elapsed();
        } else {
            program.kill();
        }
        let rows = written();
        assert!(rows == 0 || rows == ROWS as i64, "{rows} rows");
    }
    let mut program = Program::start(&mut command());
    wait_until("the program ends", || program.has_ended());
    assert!(program.0.wait().unwrap().success());
    assert_eq!(written(), ROWS as i64);
    let connection = Connection::open(place.path("out.db")).unwrap();
    let sql = "SELECT count(*) FROM audience_import WHERE rows_inserted = 20000 AND problems = 0";
    let imports: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(imports, 1);
}
