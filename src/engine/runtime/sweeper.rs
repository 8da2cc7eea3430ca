//! Drops the history of jobs that ended long ago, and earlier where it takes too much room.
//!
//! Started and restarted by: the root supervisor. Works in small steps with a pause between
//! them, so that nobody who waits for the database notices. Several processes that do so at once
//! do no harm: each step is one transaction that looks at what is there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use entity::{JobId, job};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tracing::{debug, warn};

use super::Engine;
use super::tree::{Post, Turn};
use crate::clock;
use crate::engine::seam::{Outputs, StepContext, StepError};
use crate::engine::store::StoreError;
use crate::telemetry::chain;

/// Jobs whose history is dropped together.
const JOBS_TOGETHER: usize = 100;

/// Between two steps: others are to write, too.
const PAUSE: Duration = Duration::from_millis(20);

/// Messages to the sweeper.
#[derive(Debug)]
pub(super) enum ToSweeper {
    /// Look for jobs whose history is to go.
    Look,
}

pub(super) struct SweeperState {
    engine: Arc<Engine>,
    /// Jobs whose output could not be swept: not looked at again in this round.
    stuck: BTreeSet<JobId>,
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
                warn!(error = chain(&error), "old history cannot be dropped now");
                state.engine.limits.retention.every
            }
        };
        myself.post_after(again, || ToSweeper::Look);
        Ok(())
    }
}

impl SweeperState {
    /// `false`: there is no more to do now.
    async fn sweep_some(&mut self) -> Result<bool, StoreError> {
        let due = self.due().await?;
        if due.is_empty() {
            return Ok(false);
        }
        let sweeping = self.engine.store.sweeping();
        let ids: Vec<JobId> = due.iter().map(|job| job.id.clone()).collect();
        let begun = sweeping.begin(&ids).await?;
        let mut cleared = Vec::new();
        for job in due.iter().filter(|job| begun.contains(&job.id)) {
            match self.clear_steps(job).await {
                Ok(()) => cleared.push(job.id.clone()),
                Err(error) => {
                    debug!(job.id = %job.id, error = chain(&error), "not swept now");
                    self.stuck.insert(job.id.clone());
                }
            }
        }
        let rows = self.engine.limits.retention.rows_per_step;
        while !cleared.is_empty() && sweeping.drop_some(&cleared, rows).await? > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        sweeping.end(&cleared).await?;
        debug!(jobs = cleared.len(), "history dropped");
        Ok(true)
    }

    /// By age, and if there are none of that, by the room that the history takes.
    async fn due(&self) -> Result<Vec<job::Model>, StoreError> {
        let retention = &self.engine.limits.retention;
        let (sweeping, now) = (self.engine.store.sweeping(), clock::now_micros());
        let kept = i64::try_from(retention.history.as_micros()).unwrap_or(i64::MAX);
        let limit = (JOBS_TOGETHER + self.stuck.len()) as u64;
        let mut due = sweeping.due(now.saturating_sub(kept), limit).await?;
        due.retain(|job| !self.stuck.contains(&job.id));
        if due.is_empty() && sweeping.history_bytes().await? > retention.history_bytes {
            due = sweeping.due(now, limit).await?;
            due.retain(|job| !self.stuck.contains(&job.id));
        }
        due.truncate(JOBS_TOGETHER);
        Ok(due)
    }

    /// Drops what the steps of a job left elsewhere. Where that is, is not in the settings of every
    /// process: such a job is left to another one.
    async fn clear_steps(&self, job: &job::Model) -> Result<(), StepError> {
        if job.lease_epoch == 0 {
            // No process has ever run it.
            return Ok(());
        }
        let context = StepContext {
            job: job.id.clone(),
            epoch: job.lease_epoch,
            generation: job.generation,
            fresh: false,
            started_at: job.started_at.unwrap_or(job.created_at),
            inputs: Outputs::default(),
            faults: self.engine.faults.clone(),
        };
        for stored in self.engine.store.steps().of(&job.id).await? {
            let params = serde_json::from_str(&stored.params).map_err(|error| {
                StepError::refused(format!("the parameters of step `{}`: {error}", stored.name))
            })?;
            let step = self.engine.registry.prepare(&stored.kind, params)?;
            let rows = self.engine.limits.retention.rows_per_step;
            while step.sweep(&context, rows).await? > 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }
}
