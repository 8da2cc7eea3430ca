//! What an executor does about those that were killed before it.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::directory::Directory;
use super::process_table::boot_id;
use super::protocol::{Cause, End, Exit};
use super::record::{self, Record, Step};
use super::temporary;
use super::tree::Tree;
use crate::systems::pipelines::console::ConsoleReader;

const LOOKS: Duration = Duration::from_millis(5);
/// What cannot be killed in this time waits in the kernel.
const KILL_TIME_MAX: Duration = Duration::from_secs(30);

/// Makes sure that nothing of the trees of attempts without an end is left, and ends them. Returns the
/// ends of all attempts that are recorded.
pub(super) async fn recover(directory: &Directory) -> io::Result<Vec<(String, End)>> {
    let attempts = directory.attempts();
    let boot_id = boot_id();
    let mut ends = Vec::new();
    for (id, steps) in record::load_all(&attempts)? {
        let end = match steps.last() {
            Some(Step::Ended(end)) => end.clone(),
            _ => {
                kill_tree(&steps, &boot_id).await;
                let end = lost(&steps);
                Record::reopen(&attempts, &id)?.add(&Step::Ended(end.clone()))?;
                end
            }
        };
        ends.push((id, end));
    }
    for entry in std::fs::read_dir(directory.temporaries())? {
        // What cannot be removed now is tried again by the next executor.
        temporary::remove(&entry?.path()).ok();
    }
    Ok(ends)
}

async fn kill_tree(steps: &[Step], boot_id: &str) {
    let mut tree = None;
    for step in steps {
        match (step, &mut tree) {
            (
                Step::Received {
                    boot_id: then,
                    temporary,
                    marker,
                    executor,
                    ..
                },
                tree,
            ) if then == boot_id => {
                let mut abandoned = Tree::new(temporary, marker);
                abandoned.abandon(*executor);
                *tree = Some(abandoned);
            }
            (Step::Starting { pipe, .. }, Some(tree)) => tree.add_pipe(*pipe),
            (Step::Started { main }, Some(tree)) => tree.add_main(*main),
            _ => {}
        }
    }
    if let Some(tree) = tree {
        kill_until_gone(tree).await;
    }
}

/// Makes sure that nothing of an attempt is left on this machine, whichever executor runs it: for a server
/// that takes the attempt's job over from another one. `false`: something could not be killed.
pub(crate) async fn kill_marked(marker: &[(String, String)]) -> bool {
    kill_until_gone(Tree::of_marker(marker)).await
}

async fn kill_until_gone(mut tree: Tree) -> bool {
    let give_up_at = Instant::now() + KILL_TIME_MAX;
    while !tree.kill().is_empty() {
        if Instant::now() >= give_up_at {
            return false;
        }
        sleep(LOOKS).await;
    }
    true
}

fn lost(steps: &[Step]) -> End {
    let mut end = End::now(Cause::ExecutorDied, Exit::Lost);
    for step in steps {
        match step {
            Step::Received { at, log, .. } => {
                end.started_at = *at;
                let extent = ConsoleReader::open(log).and_then(|log| log.extent());
                end.log_bytes = extent.map_or(0, |extent| extent.total);
            }
            Step::Starting { command, .. } => end.command = *command,
            Step::Started { .. } | Step::Ended(_) => {}
        }
    }
    end
}
