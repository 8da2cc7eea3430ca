//! A mixed model whose task is killed at moments that nobody chose.

use std::time::{Duration, Instant};

use super::program::{Labelling, Program};
use crate::support::{RANGE, USUAL_RULES, corpus, expected};

const ROWS: u32 = 3_000;
const KILLS: u32 = 6;

/// Between two looks whether a program has ended before it could be killed.
const SHORT: Duration = Duration::from_millis(2);

/// The usual rules.
const RULES: &str = "name: usual
model_type: mixed_model
in: [author]
labels:
  first: [[amy, partially], 阿美]
  second: [{text: bob, match_type: partially}, eve OR (eve AND bob)]
";

#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_model_that_is_killed_again_and_again_ends_like_an_undisturbed_one() {
    let expected = expected(&corpus(ROWS), USUAL_RULES, RANGE);
    Labelling::each(ROWS, async |labelling| {
        std::fs::write(labelling.place.path("usual.yaml"), RULES).unwrap();
        let command = || labelling.command_by("usual.yaml", 40);
        let mut undisturbed = Duration::from_secs(1);
        for no in 0..KILLS {
            let mut program = Program::start(&mut command());
            let began = Instant::now();
            let moment = undisturbed * (no * 37 % 20) / 20;
            while began.elapsed() < moment && !program.has_ended() {
                std::thread::sleep(SHORT.min(moment.saturating_sub(began.elapsed())));
            }
            match program.has_ended() {
                true => undisturbed = began.elapsed(),
                false => program.kill(),
            }
        }
        Program::start(&mut command()).succeeds();
        labelling.is_as_expected(&expected);
    })
    .await;
}
