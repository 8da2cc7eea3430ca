//! Where labelled rows go: staging tables, published panels, and the `state` table that
//! users read.
//!
//! A [`Sink`] is one output database. Everything it writes for a task is fenced: each
//! transaction first shows the epoch of the lease that it works under ([`Fence`]), so that a
//! process which lost its task can neither stage a row, nor move a checkpoint, nor publish.
//! A slice of rows, its checkpoint and the figures commit in one transaction.

mod catalog;
mod error;
mod figures;
mod server;
mod sqlite;
mod staged;
mod statements;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::engine::seam::StepContext;
use crate::servers::ServerKind;
use crate::sqlite::file_of;

pub use catalog::{Sinks, UnknownOutput};
pub use error::{Cause, SinkError};
pub use figures::{RenderedFigures, StageTimes, TaskFigures};
pub use staged::{StagedRow, StagedRows};

pub type Result<T> = std::result::Result<T, SinkError>;

/// Names of the published tables begin with this.
pub const RESULT_PREFIX: &str = "wh_panel_mapping_";

/// Table that users read, one row a task.
pub const STATE_TABLE: &str = "state";

/// Tables of our own begin with this.
pub const OWN_PREFIX: &str = "audience_";

/// The output groups in the order of the settings; a group's number is its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    pub groups: Vec<String>,
}

/// The result table of a group.
pub fn result_table(group: &str) -> String {
    format!("{RESULT_PREFIX}{group}")
}

/// Under which lease a task is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    pub task_id: String,
    pub epoch: i64,
    /// Goes up when the task starts over; the traces of earlier generations are cleared.
    pub generation: i32,
}

impl From<&StepContext> for Fence {
    fn from(job: &StepContext) -> Self {
        Self {
            task_id: job.job.to_string(),
            epoch: job.epoch,
            generation: job.generation,
        }
    }
}

/// Minutes since the job first began, with four decimals.
pub fn run_time_minutes(job: &StepContext) -> f64 {
    let minutes = (clock::now_micros() - job.started_at) as f64 / 60e6;
    (minutes * 10_000.0).round() / 10_000.0
}

/// What `state` says of a task from its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskHeader {
    pub model_type: String,
    pub predict_type: String,
    pub date_range: String,
    pub target_table: String,
}

/// How far a batch has durably got, kept beside the rows that it wrote.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchCheckpoint {
    /// Slices committed so far.
    pub slices: i64,
    /// Where the source goes on; opaque here.
    pub position: Option<Value>,
    /// Every row up to this `post_time` is labelled.
    pub complete_to: Option<String>,
    pub finished: bool,
    pub rows_scanned: u64,
}

/// What an output database knows of a task.
#[derive(Clone, Debug, Default)]
pub struct TaskProgress {
    pub figures: TaskFigures,
    /// By number of the batch.
    pub batches: std::collections::BTreeMap<i32, BatchCheckpoint>,
    pub published: bool,
}

/// One slice to be committed.
pub struct SliceCommit<'a> {
    pub batch_no: i32,
    pub checkpoint: &'a BatchCheckpoint,
    pub staged: &'a StagedRows,
    /// Hashes of authors that no earlier slice had; kept so that counting can go on after a
    /// restart without reading the rows again.
    pub new_authors: &'a [u64],
    pub figures: &'a TaskFigures,
    pub state: &'a StateFigures,
}

/// What changes in `state` besides the counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateFigures {
    pub check_point: Option<String>,
    pub peak_memory_mb: f64,
    pub run_time_minutes: f64,
}

/// `state.stat`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stat {
    Pending,
    Started,
    Success,
    Failure,
    Break,
}

impl Stat {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Started => "STARTED",
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
            Self::Break => "BREAK",
        }
    }
}

/// A change of a task's row in `state`.
#[derive(Clone, Debug, PartialEq)]
pub enum StateChange {
    /// Labelling begins or goes on; what an earlier failure left is taken back.
    Started,
    /// Everything in the range is labelled.
    Labelled {
        check_point: String,
    },
    LabellingFailed {
        error_message: String,
    },
    PublishingFailed {
        error_message: String,
    },
    Aborted,
}

/// How conflicting panels of one author are settled when publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    MajorityDropTies,
    MajorityFirst,
    KeepAll,
}

/// What to publish.
#[derive(Clone, Debug)]
pub struct Publication {
    pub layout: Layout,
    /// In the rule set's order: it settles ties.
    pub panels: Vec<String>,
    pub conflict: Conflict,
    pub keep_staging: bool,
}

/// A row of a result table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRow {
    pub id: String,
    pub task_id: String,
    pub source_author: String,
    pub panel: String,
    pub create_time: String,
    pub field_content: String,
    pub match_content: String,
    pub match_meta: String,
}

/// One output database. All methods block: callers run them on a blocking thread.
pub trait Sink: Send + Sync {
    /// Makes sure that the database can be written and has the tables shared by all tasks.
    fn prepare(&self) -> Result<()>;

    /// Finds out whether the tables of these groups are there or can be made.
    fn check(&self, layout: &Layout) -> Result<()>;

    /// Adds a task's row to `state`, as pending, unless it is there.
    fn announce(&self, task_id: &str, header: &TaskHeader, create_time: &str) -> Result<()>;

    /// Raises the fence, creates missing group tables and answers what is durable already.
    /// Unless the task is `fresh`, the output has to know it.
    fn begin(&self, fence: &Fence, layout: &Layout, fresh: bool) -> Result<TaskProgress>;

    /// Shows each batch of author hashes that was committed for the task.
    fn read_authors(&self, fence: &Fence, visit: &mut dyn FnMut(&[u64])) -> Result<()>;

    fn stage_writer(
        &self,
        fence: &Fence,
        layout: &Layout,
        panels: &[String],
    ) -> Result<Box<dyn StageWriter>>;

    fn change_state(&self, fence: &Fence, change: &StateChange) -> Result<()>;

    /// Publishes a task in one transaction; a task that was published is left as it is.
    /// `state` is asked for just before the end.
    fn publish(
        &self,
        fence: &Fence,
        publication: &Publication,
        state: &dyn Fn() -> StateFigures,
        cancel: &CancellationToken,
    ) -> Result<TaskFigures>;

    /// Drops up to so many rows of what an ended task staged, and with the last of them its
    /// checkpoints; answers how many. It can only start over after that.
    fn sweep(&self, fence: &Fence, layout: &Layout, rows_max: u64) -> Result<u64>;

    /// Drops what is kept of an ended task besides its panels and its row in `state`.
    fn forget(&self, fence: &Fence) -> Result<()>;

    /// Rows of `state`, newest first.
    fn newest_states(&self, limit: u32) -> Result<Vec<StateRow>>;

    fn state_of(&self, task_id: &str) -> Result<Option<StateRow>>;

    fn figures_of(&self, task_id: &str) -> Result<Option<TaskProgress>>;

    /// A uniform random sample of a task's published rows in one group.
    fn sample(&self, task_id: &str, group: &str, limit: u32) -> Result<Vec<ResultRow>>;

    /// Shows a task's published rows of one group, in the order in which they were read, until
    /// `visit` answers `false`.
    fn read_results(
        &self,
        task_id: &str,
        group: &str,
        visit: &mut dyn FnMut(ResultRow) -> bool,
    ) -> Result<()>;
}

/// Writes the slices of one batch; keeps its connection and statements.
pub trait StageWriter: Send {
    /// Commits rows, checkpoint, authors and figures in one transaction.
    fn commit(&mut self, slice: &SliceCommit<'_>) -> Result<()>;
}

/// A row of `state`, as users read it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StateRow {
    pub task_id: String,
    pub stat: String,
    pub prod_stat: Option<String>,
    pub model_type: String,
    pub predict_type: String,
    pub date_range: String,
    pub target_table: String,
    pub create_time: String,
    pub peak_memory: Option<f64>,
    pub length_receive_table: Option<i64>,
    pub length_output_table: Option<i64>,
    pub length_prod_table: Option<String>,
    pub result: Option<String>,
    pub uniq_source_author: Option<String>,
    pub rate_of_label: Option<String>,
    pub run_time: Option<f64>,
    pub check_point: Option<String>,
    pub error_message: Option<String>,
}

/// Opens the database that `url` names; does not touch it yet. A process that is silent within a
/// transaction for longer than `lease` loses it: another one has the task by then.
pub fn open_sink(url: &str, lease: Duration) -> Result<Arc<dyn Sink>> {
    if let Some(path) = file_of(url) {
        return Ok(Arc::new(sqlite::SqliteSink::new(path)));
    }
    match ServerKind::of_url(url) {
        Some(kind) => Ok(Arc::new(server::ServerSink::new(kind, url, lease)?)),
        // Only the scheme is shown: what follows it may hold a password.
        None => Err(SinkError::UnknownScheme {
            scheme: url
                .split_once(':')
                .map_or("", |(scheme, _)| scheme)
                .to_owned(),
        }),
    }
}
