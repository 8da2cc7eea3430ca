//! Commits whose outcome does not arrive, of a task and of the engine that runs it.

use crate::store::databases::TestDatabase;
use crate::support::{
    CommitProxy, Fate, RANGE, TASK, USUAL_RULES, corpus, expected, task_is_as_expected,
};

use super::program::{Labelling, Program};

const ROWS: u32 = 1_500;

/// Which commits are lost: at the beginning, within the labelling, and where it ends.
const LOST: [u32; 14] = [2, 5, 9, 14, 18, 19, 27, 33, 38, 46, 51, 59, 68, 75];

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_commits_are_lost_again_and_again_ends_like_an_undisturbed_one() {
    for (kind, variable) in [
        ("postgres", "AUDIENCE_TEST_POSTGRES_TCP"),
        ("mysql", "AUDIENCE_TEST_MYSQL_TCP"),
    ] {
        let database = TestDatabase::at(kind, &std::env::var(variable).unwrap()).await;
        let mut commits = 0;
        // Of the output and of the store alike: both are there.
        let proxy = CommitProxy::to(&database.url, "COMMIT", move || {
            commits += 1;
            match LOST.iter().position(|lost| *lost == commits) {
                Some(no) if no % 2 == 0 => Fate::LostBefore,
                Some(_) => Fate::LostBehind,
                None => Fate::Passes,
            }
        });
        let mut labelling = Labelling::new(ROWS, database);
        let direct = std::mem::replace(&mut labelling.output.url, proxy.url);
        Program::start(&mut labelling.command(50)).succeeds();
        task_is_as_expected(&direct, TASK, &expected(&corpus(ROWS), USUAL_RULES, RANGE));
        labelling.output.drop_it().await;
    }
}
