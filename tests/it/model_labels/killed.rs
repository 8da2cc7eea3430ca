//! `SIGKILL` at moments that nobody chose, while the alias moves.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::command::{label, move_alias, place_with};
use super::sentiment::Sentiment;
use super::{RANGE, content, feelings};
use crate::support::{TASK, expected_of, task_is_as_expected, wait_until};
use crate::survival::program::Program;

const ROWS: u32 = 3_000;
const KILLS: u32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_killed_labels_by_the_version_of_its_submission() {
    let (old, new) = (Sentiment::new(7), Sentiment::new(8));
    let place = place_with(ROWS, &[&old, &new]);
    let command = || {
        let mut command = label(&place, "sentiment");
        command
            .env("AUDIENCE__LABELLING__ROWS_PER_SLICE", "40")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    };
    let jobs = || -> Option<i64> {
        let connection = Connection::open(place.path("out.db")).ok()?;
        let sql = "SELECT count(*) FROM audience_job";
        connection.query_row(sql, [], |row| row.get(0)).ok()
    };
    // Until the task is stored: from then on its version is fixed.
    let mut program = Program::start(&mut command());
    wait_until("the task is stored", || jobs() == Some(1));
    program.kill();
    move_alias(&place, 2);
    let mut undisturbed = Duration::from_secs(1);
    for no in 0..KILLS {
        let mut program = Program::start(&mut command());
        let began = Instant::now();
        let moment = undisturbed * (no * 37 % 20) / 20;
        while began.elapsed() < moment && !program.has_ended() {
            std::thread::sleep(Duration::from_millis(2));
        }
        match program.has_ended() {
            true => undisturbed = began.elapsed(),
            false => program.kill(),
        }
    }
    let done = command().output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let by = |model: &Sentiment| {
        expected_of(&feelings(ROWS), RANGE, content, |text| {
            model.best(text, 0.0)
        })
    };
    assert_ne!(by(&old), by(&new));
    let output = format!("sqlite://{}", place.path("out.db").display());
    task_is_as_expected(&output, TASK, &by(&old));
}
