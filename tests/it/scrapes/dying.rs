//! Runs whose process dies: there as a whole or not at all, and continued by the next process.

use std::process::Stdio;
use std::time::{Duration, Instant};

use audience::fault::{FaultKind, FaultPoint, Faults};
use rusqlite::Connection;

use super::site::Site;
use super::{ALL, put, run};
use crate::support::{Place, TestApp, wait_until};
use crate::survival::program::Program;

const KILLS: u32 = 8;
const ID: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_committed_before_a_crash_are_not_written_again() {
    for (point, kind) in [
        (FaultPoint::AfterPublish, FaultKind::Panic),
        (FaultPoint::AfterPublish, FaultKind::Outage),
        (FaultPoint::BeforePublish, FaultKind::Panic),
        (FaultPoint::AfterCheckpoint, FaultKind::Panic),
    ] {
        let site = Site::start();
        let allowed = vec![site.host()];
        let faults = Faults::default().with(point, kind, 1, 1);
        let builder = TestApp::with().faults(faults).settings(move |settings| {
            settings.prediction.scrape.allow = allowed;
        });
        let app = builder.start(&[]).await;
        put(&app, "/v1/scrapes/obs", &site.scrape(""), &[]).await;
        let detail = run(&app, "2026-11-30").await;
        assert_eq!(detail["run"]["state"], "succeeded", "{detail}");
        assert_eq!(detail["run"]["rows"]["inserted"], ALL, "{detail}");
        assert_eq!(app.count("SELECT count(*) FROM obs"), ALL as i64);
        assert_eq!(app.count("SELECT count(*) FROM audience_scrape_run"), 1);
        assert_eq!(site.asked().len(), 3, "kept pages are not fetched again");
        app.stop().await;
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_is_there_as_a_whole() {
    let (place, site) = (Place::empty(), Site::start());
    std::fs::write(place.path("obs.yaml"), site.scrape("")).unwrap();
    site.set_slowness(Duration::from_millis(60));
    let command = || {
        let mut command = place.command();
        command.env("AUDIENCE__DATABASE__URL", "sqlite://out.db");
        command.args(["scrape", "run", "obs.yaml", "--json", "--task-id", ID]);
        command.args(["--day", "2026-11-30", "--allow-host", &site.host()]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    let written = || -> i64 {
        let connection = Connection::open(place.path("out.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        let count = connection.query_row("SELECT count(*) FROM obs", [], |row| row.get(0));
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
        assert!(rows == 0 || rows == ALL as i64, "{rows} rows");
    }
    let mut program = Program::start(&mut command());
    wait_until("the program ends", || program.has_ended());
    assert!(program.0.wait().unwrap().success());
    assert_eq!(written(), ALL as i64);
    let connection = Connection::open(place.path("out.db")).unwrap();
    let sql = "SELECT count(*) FROM audience_scrape_run WHERE rows_inserted = 40 AND problems = 1";
    let runs: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(runs, 1);
    let packs = std::fs::read_dir(place.path("out_files/scrape").join(ID)).unwrap();
    assert_eq!(packs.count(), 1, "one file of pages is left");
}
