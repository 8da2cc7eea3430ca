//! A process that is stopped beyond its lease, and goes on when another has its task.

use std::time::{Duration, Instant};

use audience::process::is_stopped_in_a_write;
use rustix::process::Signal;

use super::program::{Labelling, Program, wait_until};
use crate::support::{RANGE, USUAL_RULES, corpus, expected};

const ROWS: u32 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_process_is_replaced_and_cannot_write_when_it_thaws() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    Labelling::each(ROWS, async |labelling| {
        // Several times: it may be frozen in a transaction or between two.
        for _ in 0..3 {
            let mut label = labelling.command(2);
            label.env("AUDIENCE__RUNTIME__LEASE_MS", "1500");
            let before = labelling.slices();
            let mut frozen = Program::start(&mut label);
            wait_until("it labels", || labelling.slices() > before + 3);
            frozen.signal(Signal::STOP);

            let mut other = Program::start(&mut label);
            let reached = labelling.slices();
            wait_until("the other one goes on while it is frozen", || {
                labelling.slices() > reached + 3
            });
            frozen.signal(Signal::CONT);
            other.signal(Signal::TERM);
            wait_until("the other one ends", || other.has_ended());
            // On a file it may have been ended: there it kept everybody from writing.
            frozen.signal(Signal::TERM);
            wait_until("the thawed one ends", || frozen.has_ended());
        }
        Program::start(&mut labelling.command(100)).succeeds();
        labelling.is_as_expected(&expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_frozen_while_it_keeps_the_file_locked_is_ended() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    Labelling::on("sqlite", ROWS, async |labelling| {
        let mut label = labelling.command(2);
        label.env("AUDIENCE__RUNTIME__LEASE_MS", "3000");
        let mut frozen = Program::start(&mut label);
        wait_until("it labels", || labelling.slices() > 3);
        freeze_in_a_write(&frozen);

        // A whole start, which writes too, meets the lock.
        let since = Instant::now();
        let mut other = Program::start(&mut labelling.command(100));
        wait_until("the frozen one is ended", || frozen.has_ended());
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "not when its lease lapsed"
        );
        other.succeeds();
        labelling.is_as_expected(&expected);
    })
    .await;
}

/// Stops it again and again, until it is stopped while it has the file.
fn freeze_in_a_write(program: &Program) {
    wait_until("it is stopped while it writes", || {
        program.signal(Signal::STOP);
        let pause = Instant::now();
        while pause.elapsed() < Duration::from_millis(20) {
            if is_stopped_in_a_write(program.0.id()) {
                return true;
            }
        }
        program.signal(Signal::CONT);
        std::thread::yield_now();
        false
    });
}
