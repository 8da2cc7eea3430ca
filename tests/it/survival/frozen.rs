//! A process that is stopped beyond its lease, and goes on when another has its task.

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
