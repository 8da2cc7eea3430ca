//! Where labelled rows go: staging tables, published panels, and the `state` table that
//! users read.
//!
//! A [`Sink`] is one output database. Everything it writes for a task is fenced: each
//! transaction first shows the epoch of the lease that it works under ([`Fence`]), so that a
//! process which lost its task can neither stage a row, nor move a checkpoint, nor publish.
//! A slice of rows, its checkpoint and the figures commit in one transaction.

mod adopt;
mod beside;
mod catalog;
mod error;
mod figures;
mod kept;
mod latest;
mod members;
mod origin;
mod publish;
mod remove;
mod results;
mod schema;
mod sessions;
mod sink;
mod stage;
mod staged;
mod state;
mod statements;
mod storable;
mod task;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock;
use crate::engine::seam::StepContext;

pub use adopt::{AdoptedTable, Adoption};
pub use beside::BesideKind;
pub use catalog::{Sinks, UnknownOutput};
pub use error::{SinkError, THE_OUTPUT};
pub use figures::{RenderedFigures, StageTimes, TaskFigures, UndatedLimits};
pub use members::{AuthorCounts, MemberCounts, MembersOf};
pub use sink::{Sink, open_sink};
pub use stage::StageWriter;
pub use staged::{StagedRow, StagedRows};
pub use storable::StorableRows;

pub type Result<T> = std::result::Result<T, SinkError>;

/// Names of the published tables begin with this.
pub const RESULT_PREFIX: &str = "wh_panel_mapping_";

/// Names of the views of the newest tasks begin with this.
pub const LATEST_PREFIX: &str = "latest_panels_";

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
    let minutes = (clock::now_micros() - job.started_at).max(0) as f64 / 60e6;
    (minutes * 10_000.0).round() / 10_000.0
}

/// What `state` says of a task from its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskHeader {
    pub model_type: String,
    pub predict_type: String,
    pub date_range: String,
    pub target_table: String,
    /// Of a mixed model, or of a set that has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set_version: Option<String>,
}

/// How far a batch has durably got, kept beside the rows that it wrote.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchCheckpoint {
    /// Slices committed so far.
    pub slices: i64,
    /// Where to continue reading the source; opaque here.
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
    /// Whether rows can be read: these, or those of the run before while the task runs again.
    pub has_result: bool,
}

/// One slice to be committed.
pub struct SliceCommit<'a> {
    pub batch_no: i32,
    pub checkpoint: &'a BatchCheckpoint,
    pub staged: &'a StagedRows,
    /// Hashes of authors that no earlier slice had; kept so that counting can continue after a
    /// restart without reading the rows again.
    pub new_authors: &'a [u64],
    /// What else belongs to the slice; [`Sink::beside`] reads it back in this order.
    pub beside: &'a [(BesideKind, Vec<u8>)],
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
    /// Labelling begins or continues; the message of an earlier failure is removed.
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
    /// Whether the clocks by which times are shown are put back now and then.
    pub hours_repeat: bool,
    /// What the newest task is looked for by; unknown of jobs of earlier versions.
    pub lineage: Option<Lineage>,
}

/// What a result was made from: a later one with the same rule set and table takes its place in the
/// views.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    pub rule_set: String,
    pub source: String,
    pub table: String,
    /// Of the rule set, where it has numbered versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set_version: Option<String>,
}
