//! What a row costs, counted: speed is lost a little at a time, and no other test would notice.
//!
//! valgrind counts the instructions of the whole program. Two tasks that differ in nothing but the
//! number of rows give the instructions of one row, without those of the start and of the task.
//! They are counted in the build of the tests, which is not optimised: the figure says nothing
//! about speed, only whether there is more to do than before.

use std::process::Command;

use crate::support::Place;

/// Instructions for one row to be read, matched, staged and published. To be changed only together
/// with a word in the commit about what the row gets for it; `scripts/bench` tells what it takes in
/// time.
const INSTRUCTIONS_PER_ROW: f64 = 46_000.0;

/// How much more than that is an accident of compilers and threads.
const TOLERANCE: f64 = 1.12;

const FEW: u32 = 4_000;
const MANY: u32 = 24_000;

/// A machine that is busy with other tests makes the program look more often at what waits, which is
/// counted, too: the least of so many measurements is the row's.
const MEASUREMENTS: usize = 3;

#[test]
fn a_row_costs_no_more_instructions_than_it_did() {
    let mut per_row = f64::INFINITY;
    for _ in 0..MEASUREMENTS {
        let measured = (instructions(MANY) - instructions(FEW)) / f64::from(MANY - FEW);
        per_row = per_row.min(measured);
        if per_row <= INSTRUCTIONS_PER_ROW * TOLERANCE {
            break;
        }
    }
    println!("{per_row:.0} instructions a row, {INSTRUCTIONS_PER_ROW:.0} allowed for");
    assert!(
        per_row <= INSTRUCTIONS_PER_ROW * TOLERANCE,
        "{per_row:.0} instructions a row where {INSTRUCTIONS_PER_ROW:.0} were enough: what made \
         the way of a row heavier?"
    );
}

/// Of the whole program, from its start to its end.
fn instructions(rows: u32) -> f64 {
    let place = Place::with_rows(rows);
    let label = place.label(&[]);
    let counted = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(label.get_program())
        .args(label.get_args())
        .current_dir(place.path(""))
        // One size of slice, whatever the default is: what is counted is the row.
        .env("AUDIENCE__LABELLING__ROWS_PER_SLICE", "2000")
        .env("AUDIENCE__LABELLING__BATCHES_PER_STEP", "1")
        .env_remove("AUTH_TOKEN")
        .output()
        .expect("valgrind can be started: scripts/test installs it");
    let told = String::from_utf8_lossy(&counted.stderr);
    assert!(counted.status.success(), "{told}");
    let collected = told.lines().find_map(|line| {
        let (_, number) = line.split_once("Collected :")?;
        number.trim().parse().ok()
    });
    collected.unwrap_or_else(|| panic!("valgrind told no number: {told}"))
}
