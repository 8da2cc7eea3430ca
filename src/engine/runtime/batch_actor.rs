//! Hosts one batch, of whatever kind.
//!
//! Started by: the task actor, once per attempt. Restarted by: nobody; a batch that fails is
//! an attempt that failed, and the task actor decides from the store what follows. Owns: the
//! open batch. Works slice by slice, one message to itself each, so that a stop is heard
//! between two slices.

use std::sync::Arc;
use std::time::Duration;

use entity::AttemptOutcome;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use serde_json::Value;
use tokio::time::Instant;
use tracing::{Instrument, debug, warn};

use super::Engine;
use super::spans::TaskSpan;
use super::task::ToTask;
use super::tree::{Post, Turn};
use crate::engine::seam::{Batch, BatchContext, Progress, Slice, Step, StepError};
use crate::engine::store::{BatchKey, Claim};

/// Progress is stored at most this often.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Messages to a batch.
#[derive(Debug)]
pub(super) enum ToBatch {
    /// Do the next bounded piece of work.
    Slice,
}

pub(super) struct BatchArgs {
    pub engine: Arc<Engine>,
    pub task: ActorRef<ToTask>,
    pub claim: Claim,
    pub key: BatchKey,
    /// Generation of the job and number of the attempt.
    pub attempt: (i32, i32),
    pub step: Arc<dyn Step>,
    pub context: BatchContext,
    pub spec: Value,
    pub kind: String,
    /// Of the task.
    pub span: TaskSpan,
    pub began_at: i64,
}

pub(super) struct BatchState {
    args: BatchArgs,
    /// Opened by the first slice: opening may fail, and must fail like a slice does.
    batch: Option<Box<dyn Batch>>,
    told_at: Option<Instant>,
    /// What is durable and not told yet.
    untold: Option<Progress>,
}

pub(super) struct BatchActor;

#[ractor::async_trait]
impl Actor for BatchActor {
    type Msg = ToBatch;
    type State = BatchState;
    type Arguments = BatchArgs;

    async fn pre_start(
        &self,
        myself: ActorRef<ToBatch>,
        args: BatchArgs,
    ) -> Result<BatchState, ActorProcessingErr> {
        myself.post(ToBatch::Slice)?;
        Ok(BatchState {
            args,
            batch: None,
            told_at: None,
            untold: None,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<ToBatch>,
        message: ToBatch,
        state: &mut BatchState,
    ) -> Result<(), ActorProcessingErr> {
        let _turn = Turn::of(myself.get_id(), true);
        let log = state.args.span.log();
        match message {
            ToBatch::Slice => state.slice(&myself).instrument(log).await,
        }
    }

    /// A batch that is stopped says how far it got. Only people miss it if this fails.
    async fn post_stop(
        &self,
        _: ActorRef<ToBatch>,
        state: &mut BatchState,
    ) -> Result<(), ActorProcessingErr> {
        let args = &state.args;
        if let Some(progress) = state.untold.take()
            && let Ok(progress) = serde_json::to_value(progress)
        {
            let batches = args.engine.store.batches();
            batches
                .progress(&args.claim, args.key, &progress)
                .await
                .ok();
        }
        Ok(())
    }
}

impl BatchState {
    async fn slice(&mut self, myself: &ActorRef<ToBatch>) -> Result<(), ActorProcessingErr> {
        if self.batch.is_none() {
            let Self { args, .. } = &*self;
            args.engine
                .tree
                .slice(myself.get_id(), args.task.get_id(), args.key.no, None);
        }
        let batch = match &mut self.batch {
            Some(batch) => batch,
            None => {
                let opened = self
                    .args
                    .step
                    .open(&self.args.context, &self.args.spec)
                    .await?;
                self.batch.insert(opened)
            }
        };
        match batch.next_slice().await? {
            Slice::More(progress) => {
                let Self { args, .. } = &*self;
                args.engine.tree.slice(
                    myself.get_id(),
                    args.task.get_id(),
                    args.key.no,
                    Some(&progress),
                );
                self.tell(&progress).await?;
                myself.post(ToBatch::Slice)?;
            }
            Slice::Done(progress) => {
                let (tree, task) = (&self.args.engine.tree, self.args.task.get_id());
                tree.slice(myself.get_id(), task, self.args.key.no, Some(&progress));
                self.complete(&progress).await?;
                myself.stop(None);
            }
        }
        Ok(())
    }

    /// The first slice is told at once: it shows that the batch is alive again.
    async fn tell(&mut self, progress: &Progress) -> Result<(), ActorProcessingErr> {
        if self
            .told_at
            .is_some_and(|told_at| told_at.elapsed() < TELL_EVERY)
        {
            self.untold = Some(progress.clone());
            return Ok(());
        }
        self.untold = None;
        let first = self.told_at.replace(Instant::now()).is_none();
        let Self { args, .. } = self;
        let progress = serde_json::to_value(progress)?;
        match args
            .engine
            .store
            .batches()
            .progress(&args.claim, args.key, &progress)
            .await
        {
            Ok(()) => args.engine.hub.changed(&args.claim.job),
            // The slice itself is durable: only the telling of it failed.
            Err(error) if error.is_transient() => {
                warn!(job.id = %args.claim.job, %error, "progress was not noted");
            }
            Err(error) => return Err(StepError::from(error).into()),
        }
        if first {
            args.task.post(ToTask::Look).ok();
        }
        Ok(())
    }

    async fn complete(&mut self, progress: &Progress) -> Result<(), ActorProcessingErr> {
        self.untold = None;
        let Self { args, .. } = self;
        let progress = serde_json::to_value(progress)?;
        args.engine
            .store
            .batches()
            .complete(&args.claim, args.key, args.attempt, &progress)
            .await
            .map_err(StepError::from)?;
        let (kind, outcome) = (&args.kind, AttemptOutcome::Completed);
        args.span
            .attempt_ended(args.key, args.attempt, args.began_at, kind, outcome, None);
        debug!(job.id = %args.claim.job, batch.no = args.key.no, "batch completed");
        args.engine.hub.changed(&args.claim.job);
        Ok(())
    }
}
