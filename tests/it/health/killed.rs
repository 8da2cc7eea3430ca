//! `SIGKILL` at moments that nobody chose: what the rules did is counted once all the same.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::recount::{PEOPLE, report};
use super::{health, is_counted};
use crate::support::{Place, corpus};
use crate::survival::program::Program;

const ROWS: u32 = 3_000;
const KILLS: u32 = 8;

#[test]
fn a_task_that_is_killed_has_the_health_of_an_undisturbed_one() {
    let place = Place::with_rows(ROWS);
    let rules = place.path("people.yaml");
    std::fs::write(&rules, PEOPLE.document().to_string()).unwrap();
    let command = || {
        let mut command = place.label(&[("--rules", "people.yaml")]);
        command
            .env("AUDIENCE__LABELLING__ROWS_PER_SLICE", "40")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    };
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
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    let shown = health(&place, &["--json"]);
    let expected = report(&PEOPLE, &corpus(ROWS));
    is_counted(&shown, &expected);

    let words = health(&place, &["--xlsx", "health.xlsx"]);
    let received = format!("{} rows received, ", expected["received"]);
    assert!(words.starts_with(&received), "{words}");
    assert!(words.contains("1 rule dead\n"), "{words}");
    let book = std::fs::read(place.path("health.xlsx")).unwrap();
    assert!(book.starts_with(b"PK"));
}
