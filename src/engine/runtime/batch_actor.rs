//! Hosts one batch, of whatever kind.
//!
//! Started by: the task actor, once per attempt. Never restarted: a batch that fails is
//! an attempt that failed, and the task actor decides from the store what follows. Owns: the
//! open batch. Works slice by slice, one message to itself each, so that a stop is heard
//! between two slices; a slice that takes too long, or does not end within the grace after a
//! stop, is dropped.

use std::sync::Arc;
use std::time::Duration;

use entity::AttemptOutcome;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{Instrument, debug, warn};

use super::Engine;
use super::RuntimeLimits;
use super::spans::TaskSpan;
use super::stop::StopSignal;
use super::task::ToTask;
use super::tree::{Post, Turn};
use crate::clock;
use crate::engine::seam::{
    Batch, BatchContext, Progress, Said, Slice, Step, StepError, StepPolicy, StopReason, Until,
};
use crate::engine::store::{BatchKey, Claim, NewBatch, SliceRecord, StoreError};

/// Progress is stored at most this often, unless something comes with it that must be stored.
const STORE_EVERY: Duration = Duration::from_millis(500);

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
    /// Whether the job waits for what is away: the first slice shows that it is there again.
    pub in_outage: bool,
    pub limits: BatchLimits,
    pub stop: StopSignal,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchLimits {
    slice_timeout: Option<Duration>,
    /// Whether the step has a limit of its own, and not that of the settings.
    slice_timeout_is_own: bool,
    attempt_timeout: Option<Duration>,
    stop_grace: Duration,
}

impl BatchLimits {
    pub(super) fn of(limits: &RuntimeLimits, policy: &StepPolicy) -> Self {
        Self {
            slice_timeout: policy.slice_timeout.or(limits.slice_timeout),
            slice_timeout_is_own: policy.slice_timeout.is_some(),
            attempt_timeout: policy.attempt_timeout,
            stop_grace: policy.stop_grace.unwrap_or(limits.stop_grace),
        }
    }

    /// Why a batch has ended that took too long.
    fn reason(&self, slice_is_late: bool) -> String {
        let (what, allowed) = match slice_is_late {
            true => ("a slice", self.slice_timeout),
            false => ("the attempt", self.attempt_timeout),
        };
        let setting = match slice_is_late && !self.slice_timeout_is_own {
            true => " (runtime.batch_timeout_s)",
            false => "",
        };
        let allowed = allowed.unwrap_or_default();
        format!("timed out: {what} took longer than {allowed:?}{setting}")
    }
}

pub(super) struct BatchState {
    args: BatchArgs,
    /// Opened by the first slice: opening may fail, and must fail like a slice does.
    batch: Option<Box<dyn Batch>>,
    /// By then the attempt has to be over.
    ends_by: Option<Instant>,
    stored_at: Option<Instant>,
    /// The last slice, whose progress is not stored yet.
    unstored: Option<Said>,
    /// Signals that the batch was opened with and that are not used up in the store.
    signals: usize,
}

/// How the work on a slice ended.
enum Worked {
    Slice(Box<Slice>),
    /// The batch was asked to stop and the slice did not end within the grace.
    Stopped(StopReason),
    /// It took longer than it may.
    TimedOut(String),
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
        let ends_by = args.limits.attempt_timeout;
        Ok(BatchState {
            signals: args.context.signals.len(),
            args,
            batch: None,
            ends_by: ends_by.map(|length| Instant::now() + length),
            stored_at: None,
            unstored: None,
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

    /// A batch that is stopped between two slices ends what it left running, and its progress is
    /// stored. Only people miss it if that fails.
    async fn post_stop(
        &self,
        _: ActorRef<ToBatch>,
        state: &mut BatchState,
    ) -> Result<(), ActorProcessingErr> {
        if let Some(why) = state.args.stop.reason() {
            state.drop_batch(why).await;
        }
        if let Some(said) = state.unstored.take() {
            state.store(&said).await.ok();
        }
        Ok(())
    }
}

impl BatchState {
    async fn slice(&mut self, myself: &ActorRef<ToBatch>) -> Result<(), ActorProcessingErr> {
        if self.batch.is_none() {
            self.show(myself, None);
        }
        let slice = match self.work().await? {
            Worked::Slice(slice) => *slice,
            Worked::Stopped(why) => {
                self.drop_batch(why).await;
                myself.stop(None);
                return Ok(());
            }
            Worked::TimedOut(reason) => {
                self.drop_batch(StopReason::TimedOut).await;
                return Err(StepError::retry(reason).into());
            }
        };
        match slice {
            Slice::More(said) => {
                self.show(myself, Some(&said));
                self.keep(said).await?;
                myself.post(ToBatch::Slice)?;
            }
            Slice::Done(said) => {
                self.show(myself, Some(&said));
                self.complete(&said).await?;
                myself.stop(None);
            }
            Slice::Park(said, until) => {
                self.show(myself, Some(&said));
                self.park(&said, until).await?;
                myself.stop(None);
            }
        }
        Ok(())
    }

    /// Does a slice, within the time that it has.
    async fn work(&mut self) -> Result<Worked, StepError> {
        let Self { args, batch, .. } = self;
        let BatchArgs {
            step,
            context,
            spec,
            limits,
            stop,
            ..
        } = args;
        let next = async {
            let batch = match batch {
                Some(batch) => batch,
                None => batch.insert(step.open(context, spec).await?),
            };
            batch.next_slice().await
        };
        let began = Instant::now();
        let slice_ends = limits.slice_timeout.map(|length| began + length);
        let late = overtime(slice_ends, self.ends_by, context, limits.stop_grace);
        let is_over = |end: Option<Instant>| end.is_some_and(|at| at <= Instant::now());
        tokio::select! {
            slice = next => match slice {
                Ok(slice) => Ok(Worked::Slice(Box::new(slice))),
                // Nobody else asked it to stop.
                Err(error) if error.is_stopped() && stop.reason().is_none()
                    && (is_over(slice_ends) || is_over(self.ends_by)) =>
                {
                    Ok(Worked::TimedOut(limits.reason(is_over(slice_ends))))
                }
                Err(error) => Err(error),
            },
            why = stop.overdue(limits.stop_grace) => Ok(Worked::Stopped(why)),
            () = late => Ok(Worked::TimedOut(limits.reason(is_over(slice_ends)))),
        }
    }

    /// Lets the batch end what it left running, within its grace, and drops it.
    async fn drop_batch(&mut self, why: StopReason) {
        let Some(mut batch) = self.batch.take() else {
            return;
        };
        let grace = self.args.limits.stop_grace;
        if timeout(grace, batch.stop(why)).await.is_err() {
            let BatchArgs { claim, key, .. } = &self.args;
            warn!(job.id = %claim.job, batch.no = key.no, "the batch did not stop in time");
        }
    }

    /// Shows where the batch is in the tree.
    fn show(&self, myself: &ActorRef<ToBatch>, said: Option<&Said>) {
        let BatchArgs {
            engine, task, key, ..
        } = &self.args;
        let progress = said.map(|said| &said.progress);
        let (batch, task) = (myself.get_id(), task.get_id());
        engine.tree.slice(batch, task, key.no, progress);
    }

    /// Stores what a slice said, or keeps it for later. The first slice is stored at once: it
    /// shows that the batch is alive again.
    async fn keep(&mut self, said: Said) -> Result<(), ActorProcessingErr> {
        let stored_lately = |at: Instant| at.elapsed() < STORE_EVERY;
        let must_be_stored = said.must_be_stored();
        if !must_be_stored && self.stored_at.is_some_and(stored_lately) {
            self.unstored = Some(said);
            return Ok(());
        }
        self.unstored = None;
        let first = self.stored_at.replace(Instant::now()).is_none();
        let added = !said.add.is_empty();
        match self.store(&said).await {
            Ok(()) => {}
            // The slice itself is durable beside its rows: only people miss its progress.
            Err(error) if error.is_transient() && !must_be_stored => {
                let health = self.args.engine.store.health();
                health.warn(&error, "progress was not stored");
            }
            Err(error) => return Err(StepError::from(error).into()),
        }
        if added || (first && self.args.in_outage) {
            self.args.task.post(ToTask::Look).ok();
        }
        Ok(())
    }

    async fn store(&mut self, said: &Said) -> Result<(), StoreError> {
        let mut record = self.record(said)?;
        if !said.must_be_stored() {
            // The batch has not durably dealt with them.
            record.signals_used = 0;
        }
        let used = record.signals_used;
        let BatchArgs {
            engine, claim, key, ..
        } = &self.args;
        let batches = engine.store.batches();
        batches.progress(claim, *key, record).await?;
        engine.hub.changed(&claim.job);
        self.signals -= used;
        Ok(())
    }

    async fn complete(&mut self, said: &Said) -> Result<(), ActorProcessingErr> {
        self.unstored = None;
        let record = self.record(said).map_err(StepError::from)?;
        let args = &self.args;
        let batches = args.engine.store.batches();
        batches
            .complete(&args.claim, args.key, args.attempt, record)
            .await
            .map_err(StepError::from)?;
        self.report_end(AttemptOutcome::Completed);
        debug!(job.id = %args.claim.job, batch.no = args.key.no, "batch completed");
        Ok(())
    }

    async fn park(&mut self, said: &Said, until: Until) -> Result<(), ActorProcessingErr> {
        self.unstored = None;
        let record = self.record(said).map_err(StepError::from)?;
        let args = &self.args;
        let (at, on_signal) = (until.time().map(clock::steady::moment), until.signal());
        let batches = args.engine.store.batches();
        let parked = batches
            .park(&args.claim, args.key, args.attempt, record, at, on_signal)
            .await
            .map_err(StepError::from)?;
        self.report_end(AttemptOutcome::Parked);
        let message = if parked {
            "batch parked"
        } else {
            "a signal had arrived: the batch continues"
        };
        debug!(job.id = %args.claim.job, batch.no = args.key.no, "{message}");
        Ok(())
    }

    fn report_end(&self, outcome: AttemptOutcome) {
        let BatchArgs {
            span,
            key,
            attempt,
            began_at,
            kind,
            engine,
            claim,
            ..
        } = &self.args;
        span.attempt_ended(*key, *attempt, *began_at, kind, outcome, None);
        engine.hub.changed(&claim.job);
    }

    fn record(&self, said: &Said) -> Result<SliceRecord, StoreError> {
        let unstorable = |cause| StoreError::Unstorable { cause };
        let add = said.add.iter().cloned().map(NewBatch::from);
        Ok(SliceRecord {
            progress: serde_json::to_value(&said.progress).map_err(unstorable)?,
            units_done: said.progress.done,
            checkpoint: said.checkpoint.clone(),
            output: said.output.clone(),
            add: add.collect(),
            steps: said.steps.clone(),
            rows: said.rows.clone(),
            signals_used: self.signals,
            is_silent: said.progress == Progress::default(),
        })
    }
}

/// Returns when a slice has taken longer than it, or the attempt, may: `grace` after the kind has
/// been notified by `cancel`.
async fn overtime(
    slice_ends: Option<Instant>,
    attempt_ends: Option<Instant>,
    context: &BatchContext,
    grace: Duration,
) {
    let ends = slice_ends.into_iter().chain(attempt_ends).min();
    let Some(ends) = ends else {
        return std::future::pending().await;
    };
    sleep_until(ends).await;
    context.cancel.cancel();
    sleep_until(ends + grace).await;
}
