//! What an incremental run publishes, counts and reports is what a full run does, also after kills.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{LATER_TASK, Run, succeed};
use crate::health::recount::{LATER, PEOPLE};
use crate::support::{DatabaseKind, TASK};
use crate::survival::program::Program;

const ROWS: u32 = 2_000;
const KILLS: u32 = 6;
const END: &str = "2020-02-01 00:00:00";

fn compared(kind: DatabaseKind, label: impl Fn(&Run)) {
    println!("on {kind:?}");
    let (incremental, full) = (Run::new(kind, ROWS), Run::new(kind, ROWS));
    for run in [&incremental, &full] {
        run.base(&PEOPLE);
        assert!(run.ledger_bodies(TASK) > 0);
        run.change_rows();
        run.write_rules("later.yaml", &LATER.document());
    }
    succeed(&mut full.label(LATER_TASK, "later.yaml", END));
    label(&incremental);
    let expected = full.brought(LATER_TASK);
    assert!(!expected.rows.is_empty());
    assert_eq!(incremental.brought(LATER_TASK), expected);
    // The ledger of the base has served its purpose.
    assert_eq!(incremental.ledger_bodies(TASK), 0);
    assert!(incremental.ledger_bodies(LATER_TASK) > 0);
}

#[test]
fn rows_figures_and_health_are_those_of_a_full_run() {
    for kind in DatabaseKind::ALL {
        compared(kind, |run| {
            let mut command = run.label(LATER_TASK, "later.yaml", END);
            succeed(command.args(["--incremental", "require", "--ledger"]));
        });
    }
}

#[test]
fn a_run_that_is_killed_continues_and_brings_about_the_same() {
    for kind in DatabaseKind::ALL {
        compared(kind, |run| {
            let command = || {
                let mut command = run.label(LATER_TASK, "later.yaml", END);
                command
                    .args(["--incremental", "require", "--ledger"])
                    .stdin(Stdio::null())
                    .stdout(Stdio::null());
                command
            };
            let mut undisturbed = Duration::from_secs(1);
            for no in 1..=KILLS {
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
            succeed(&mut command());
        });
    }
}
