//! Drops what is kept no longer: the history of jobs that ended long ago, and earlier where it takes too
//! much room; later the jobs themselves; their artifacts; inputs that no job needs; rows with an age of
//! their own. What a job published is dropped only if somebody has asked for that (`removing`).
//!
//! Started and restarted by: the root supervisor. Works in small steps with a pause between
//! them, so that others who wait for the database do not notice. Several processes that do so at once
//! do no harm: each step is one transaction that looks at what is there.

mod rounds;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use entity::JobId;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::time::Instant;

use super::Engine;
use super::tree::{Post, Turn};

/// Between two steps: others are to write, too.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// Messages to the sweeper.
#[derive(Debug)]
pub(super) enum ToSweeper {
    /// Look for what is to be dropped.
    Look,
}

pub(super) struct SweeperState {
    engine: Arc<Engine>,
    /// Jobs of which something could not be reached: not looked at again in this round.
    stuck: BTreeSet<JobId>,
    /// When files without an entry are looked for again.
    look_for_unknown_files: Instant,
}

pub(super) struct Sweeper;

#[ractor::async_trait]
impl Actor for Sweeper {
    type Msg = ToSweeper;
    type State = SweeperState;
    type Arguments = Arc<Engine>;

    async fn pre_start(
        &self,
        myself: ActorRef<ToSweeper>,
        engine: Arc<Engine>,
    ) -> Result<SweeperState, ActorProcessingErr> {
        // A process that is there for one job leaves this to others.
        if engine.only.is_none() {
            myself.post_after(engine.limits.retention.every, || ToSweeper::Look);
        }
        Ok(SweeperState {
            engine,
            stuck: BTreeSet::new(),
            look_for_unknown_files: Instant::now(),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<ToSweeper>,
        ToSweeper::Look: ToSweeper,
        state: &mut SweeperState,
    ) -> Result<(), ActorProcessingErr> {
        let _turn = Turn::of(myself.get_id(), true);
        let again = match state.sweep_some().await {
            Ok(true) => PAUSE,
            Ok(false) => {
                state.stuck.clear();
                state.engine.limits.retention.every
            }
            Err(error) => {
                let health = state.engine.store.health();
                health.warn(&error, "what is old cannot be dropped now");
                state.engine.limits.retention.every
            }
        };
        myself.post_after(again, || ToSweeper::Look);
        Ok(())
    }
}
