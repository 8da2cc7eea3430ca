//! A step, and how its input is cut.

use std::sync::Arc;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Batch, BatchContext, BatchSpec, StepContext, StepError, StepPolicy};

/// A kind of step, e.g. `label`.
pub trait StepKind: Send + Sync + 'static {
    const NAME: &'static str;
    type Params: DeserializeOwned;

    /// Makes a step from its stored parameters. Cheap: touches nothing outside.
    fn prepare(&self, params: Self::Params) -> Result<Arc<dyn Step>, StepError>;
}

/// One step of one job, for as long as this process runs the job.
#[async_trait]
pub trait Step: Send + Sync {
    /// Cuts the step's input into batches. The plan is stored; after that the step is not asked
    /// again.
    async fn plan(&self, context: &StepContext) -> Result<StepPlan, StepError>;

    /// Opens a batch at its checkpoint.
    async fn open(&self, batch: &BatchContext, spec: &Value) -> Result<Box<dyn Batch>, StepError>;

    /// What later steps find under this step's name, from the outputs of its batches in their
    /// order. By default that of the only batch, or a list.
    fn output(&self, mut batches: Vec<Value>) -> Option<Value> {
        match batches.len() {
            0 => None,
            1 => batches.pop(),
            _ => Some(Value::Array(batches)),
        }
    }

    /// Is notified of changes of its job, before the store is, so that it can show them where
    /// its users look. May be notified of the same change twice.
    async fn observe(&self, _context: &StepContext, _change: &JobChange) -> Result<(), StepError> {
        Ok(())
    }

    /// Drops up to so many rows of what an ended job left besides its result, and returns how
    /// many there were; called again until there are none. The job cannot be resumed after that,
    /// only rerun.
    async fn sweep(&self, _context: &StepContext, _rows_max: u64) -> Result<u64, StepError> {
        Ok(0)
    }

    /// What the step needs for the rest of its work and this process does not have in its settings, as
    /// an error that says so: then the job is left to another process.
    fn needs(&self) -> Result<(), StepError> {
        Ok(())
    }

    /// Whether the place in which the job has worked knows it still: asked before anything of an ended
    /// job is removed, so that nothing is left behind in a place that is away.
    async fn find_results(&self, _context: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    /// Drops up to so many rows of everything that an ended job has left, its result included, and
    /// returns how many there were; called again until there are none. The job is dropped next.
    async fn remove(&self, context: &StepContext, rows_max: u64) -> Result<u64, StepError> {
        self.sweep(context, rows_max).await
    }

    /// Drops what is left of an ended job besides its result; the job itself is dropped next. May be
    /// called again.
    async fn forget(&self, _context: &StepContext) -> Result<(), StepError> {
        Ok(())
    }
}

/// How a step's input is cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepPlan {
    pub batches: Vec<BatchSpec>,
    /// How they are run, where that differs from the settings.
    pub policy: StepPolicy,
    /// What the users should know, a sentence each.
    pub notes: Vec<String>,
    /// The output of a step that needs no batches.
    pub output: Option<Value>,
}

impl StepPlan {
    /// Batches with nothing else to say.
    pub fn of(batches: impl IntoIterator<Item = Value>) -> Self {
        Self {
            batches: batches.into_iter().map(BatchSpec::from).collect(),
            ..Self::default()
        }
    }
}

/// What happens to a job.
#[derive(Clone, Debug, PartialEq)]
pub enum JobChange {
    /// A process begins or continues the job; `completed`: this step has nothing left to do.
    Started {
        completed: bool,
    },
    /// This step has completed.
    StepCompleted,
    /// The job fails; `here`: it is this step that failed.
    Failed {
        here: bool,
        reason: String,
    },
    Cancelled,
}
