//! `SIGKILL` at moments that nobody chose. `scripts/crash` does this at length.

use std::time::{Duration, Instant};

use super::program::{Labelling, Program};
use crate::support::{RANGE, USUAL_RULES, corpus, expected};

const ROWS: u32 = 3_000;
const KILLS: u32 = 8;

/// Between two looks whether a program has ended before it could be killed.
const SHORT: Duration = Duration::from_millis(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_killed_again_and_again_ends_like_an_undisturbed_one() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    Labelling::each(ROWS, async |labelling| {
        let mut undisturbed = Duration::from_secs(1);
        for no in 0..KILLS {
            let mut program = Program::start(&mut labelling.command(40));
            let began = Instant::now();
            // Spread over the whole of a run, the very beginning included.
            let moment = undisturbed * (no * 37 % 20) / 20;
            while began.elapsed() < moment && !program.has_ended() {
                std::thread::sleep(SHORT.min(moment.saturating_sub(began.elapsed())));
            }
            if program.has_ended() {
                undisturbed = began.elapsed();
            } else {
                program.kill();
            }
        }
        Program::start(&mut labelling.command(40)).succeeds();
        labelling.is_as_expected(&expected);
    })
    .await;
}
