//! Kind `command`: makes one instance of a task.
//!
//! ```text
//! look at the outputs ─► all there: done
//!   └► commands, or a transaction ─► outputs moved to their places ─► marker ─► done
//! ```
//!
//! The commands live under the executor, a process of its own: whoever opens the batch again after a
//! restart waits for them.

mod batch;
mod checkpoint;
mod ending;
mod environment;
mod executors;
mod logs;
mod needed;
mod params;
mod sql;
mod work;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use self::batch::CommandBatch;
use super::commits::Commits;
use super::looking::Looker;
use super::outputs::ResolvedOutput;
use super::store::PipelineStore;
use super::versions::Versions;
use crate::engine::seam::{
    Batch, BatchContext, BatchSpec, Step, StepContext, StepError, StepKind, StepPlan, StepPolicy,
};
use crate::secrets::Secrets;

pub(crate) use checkpoint::{Checkpoint, Phase};
pub(crate) use executors::{Executors, this_program};
pub(crate) use logs::{Logs, artifact_name, attempt_of};
pub(crate) use params::CommandParams;
pub(crate) use sql::ScriptDatabases;
pub(crate) use work::Work;

/// The executor keeps the time of commands.
const NO_LIMIT: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// Between a request to stop and its consequences: what the engine itself needs.
const STOP_MARGIN: Duration = Duration::from_secs(20);

/// The kind; clones share everything.
#[derive(Clone)]
pub(crate) struct CommandKind {
    pub store: PipelineStore,
    pub versions: Versions,
    pub commits: Commits,
    pub executors: Executors,
    pub logs: Logs,
    pub looker: Looker,
    pub databases: ScriptDatabases,
    pub secrets: Arc<Secrets>,
    /// What of it commands get is chosen by [`environment`].
    pub server_env: Arc<Vec<(String, String)>>,
    pub log_max: u64,
}

struct CommandStep {
    kind: Arc<CommandKind>,
    params: CommandParams,
}

impl StepKind for CommandKind {
    const NAME: &'static str = "command";
    type Params = CommandParams;

    fn prepare(&self, params: CommandParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(CommandStep {
            kind: Arc::new(self.clone()),
            params,
        }))
    }
}

impl CommandStep {
    /// That the first attempt begins, where files say that there is something to do: it is stored with the
    /// plan, so that the commands wait for one transaction less. What a database or a server says of an
    /// output is asked for later, by the batch, which can be stopped meanwhile.
    async fn begun_with_plan(&self, work: &Work) -> Option<Checkpoint> {
        work.task().body.as_ref()?;
        if !work.outputs.iter().all(ResolvedOutput::is_local) {
            return None;
        }
        // An error is met again by the batch, which knows how to wait for its end.
        let is_missing = async || matches!(work.missing(&self.kind).await, Ok(Some(_)));
        let begins = self.params.forced || is_missing().await;
        begins.then(Checkpoint::begun_first)
    }
}

#[async_trait]
impl Step for CommandStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        let work = Work::open(&self.kind, &self.params).await?;
        let task = work.task();
        let policy = StepPolicy {
            batches_at_once: Some(1),
            // The batch itself counts; this is only more than it will need.
            attempts_max: Some(task.retries.saturating_add(2)),
            backoff_first: Some(task.retry_delay.first),
            backoff_longest: Some(task.retry_delay.longest),
            // The executor keeps the time of commands.
            slice_timeout: Some(NO_LIMIT),
            attempt_timeout: None,
            stop_grace: Some(task.grace + STOP_MARGIN),
            is_whole_job: true,
            ..StepPolicy::default()
        };
        let begun = self.begun_with_plan(&work).await;
        let batch = BatchSpec {
            spec: json!({}),
            checkpoint: begun.map(|begun| json!(begun)),
            ..BatchSpec::default()
        };
        Ok(StepPlan {
            policy,
            batches: vec![batch],
            ..StepPlan::default()
        })
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let work = Work::open(&self.kind, &self.params).await?;
        let checkpoint = batch
            .checkpoint
            .clone()
            .map(serde_json::from_value::<Checkpoint>);
        let at = checkpoint
            .transpose()
            .map_err(|error| StepError::refused(format!("the checkpoint: {error}")))?
            .unwrap_or_default();
        Ok(Box::new(CommandBatch {
            kind: Arc::clone(&self.kind),
            work: Arc::new(work),
            context: batch.clone(),
            // Every other attempt at the batch may have been preceded by one that has started something.
            is_announced: batch.attempt == 1 && matches!(at.phase, Phase::Begun),
            is_reported: matches!(at.phase, Phase::Failed { .. }),
            at,
        }))
    }
}
