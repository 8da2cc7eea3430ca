//! A process that is stopped for longer than its lease, and continues when another process has its task.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use audience::process::is_stopped_in_a_write;
use rustix::process::Signal;

use super::program::{Labelling, Program};
use crate::support::{Expected, RANGE, USUAL_RULES, corpus, expected, wait_until};

const ROWS: u32 = 3_000;
const ROWS_PER_SLICE: u32 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_process_is_replaced_and_cannot_write_when_it_thaws() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    Labelling::each(ROWS, async |labelling| {
        // Several times: it may be frozen in a transaction or between two.
        for _ in 0..3 {
            let mut frozen = freeze_with_work_left(labelling, &expected);
            let mut other = Program::start(&mut label(labelling));
            let reached = labelling.slices();
            wait_until("another process labels while the first is frozen", || {
                labelling.slices() > reached + 3 || other.has_ended()
            });
            assert!(
                !frozen.has_ended() || labelling.output.kind == "sqlite",
                "only a process that locks a file is ended"
            );
            frozen.signal_unless_ended(Signal::CONT);
            other.signal_unless_ended(Signal::TERM);
            wait_until("the other process ends", || other.has_ended());
            frozen.signal_unless_ended(Signal::TERM);
            wait_until("the thawed process ends", || frozen.has_ended());
            Program::start(&mut labelling.command(100)).succeeds();
            labelling.is_as_expected(&expected);
        }
    })
    .await;
}

fn label(labelling: &Labelling) -> Command {
    let mut label = labelling.command(ROWS_PER_SLICE);
    label.env("AUDIENCE__RUNTIME__LEASE_MS", "1500");
    label
}

/// A process that was stopped in the middle of a new task. On a busy machine the signal may come so
/// late that hardly anything is left for another process to label; then this is another task's turn.
fn freeze_with_work_left(labelling: &mut Labelling, expected: &Expected) -> Program {
    const TRIES: u32 = 20;
    let slices = i64::try_from(expected.received).unwrap() / i64::from(ROWS_PER_SLICE);
    for _ in 0..TRIES {
        labelling.begin_another_task();
        let mut program = Program::start(&mut label(labelling));
        wait_until("the process labels", || {
            labelling.slices() > 3 || program.has_ended()
        });
        if program.has_ended() {
            program.succeeds();
            continue;
        }
        program.signal(Signal::STOP);
        if (4..slices - 20).contains(&labelling.slices()) {
            return program;
        }
        program.kill();
    }
    panic!("{TRIES} processes had labelled nearly everything before they could be stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_frozen_while_it_keeps_the_file_locked_is_ended() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    Labelling::on("sqlite", ROWS, async |labelling| {
        let mut label = labelling.command(ROWS_PER_SLICE);
        label.env("AUDIENCE__RUNTIME__LEASE_MS", "3000");
        let mut frozen = Program::start(&mut label);
        wait_until("the process labels", || labelling.slices() > 3);
        freeze_in_a_write(&frozen);

        // A whole start, which writes too, meets the lock.
        let since = Instant::now();
        let mut other = Program::start(&mut labelling.command(100));
        wait_until("the frozen process is ended", || frozen.has_ended());
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "not when its lease lapsed"
        );
        other.succeeds();
        labelling.is_as_expected(&expected);
    })
    .await;
}

/// Stops the process again and again, until it is stopped while it locks the file.
fn freeze_in_a_write(program: &Program) {
    const LOOK_AGAIN: Duration = Duration::from_millis(1);
    wait_until("the process is stopped while it writes", || {
        program.signal(Signal::STOP);
        let pause = Instant::now();
        while pause.elapsed() < Duration::from_millis(20) {
            if is_stopped_in_a_write(program.0.id()) {
                return true;
            }
            sleep(LOOK_AGAIN);
        }
        program.signal(Signal::CONT);
        false
    });
}
