//! `SIGKILL` at moments that nobody chose: what the rules did is counted once all the same.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::recount::{PEOPLE, report};
use crate::support::{Place, TASK, corpus};
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
    let mut shown: Value = serde_json::from_str(&shown).unwrap();
    let members = shown.as_object_mut().unwrap();
    members.shift_remove("rules");
    members.shift_remove("dominant");
    let expected = report(&PEOPLE, &corpus(ROWS)).to_string();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    assert_eq!(shown, expected);

    let words = health(&place, &["--xlsx", "health.xlsx"]);
    let received = format!("{} rows received, ", expected["received"]);
    assert!(words.starts_with(&received), "{words}");
    assert!(words.contains("1 rule dead\n"), "{words}");
    let book = std::fs::read(place.path("health.xlsx")).unwrap();
    assert!(book.starts_with(b"PK"));
}

/// What the command prints, from the output that has the engine's tables, too.
fn health(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command();
    let command = command
        .env("AUDIENCE__DATABASE__URL", "sqlite://out.db")
        .env("AUDIENCE__OUTPUTS__OUTPUT__URL", "sqlite://out.db")
        .args(["rules", "health", TASK])
        .args(arguments);
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    String::from_utf8(done.stdout).unwrap()
}
