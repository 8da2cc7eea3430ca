//! What is done with which jobs, as the step of a bulk action keeps it.

use entity::{JobId, JobState};
use serde::{Deserialize, Serialize};

use crate::engine::store::JobFilter;

/// What is done with each job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Cancel,
    Rerun,
}

impl BulkAction {
    pub const ALL: [Self; 2] = [Self::Cancel, Self::Rerun];

    /// As callers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Rerun => "rerun",
        }
    }

    /// The call that does the same with one job.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Cancel => "cancel_job",
            Self::Rerun => "rerun_job",
        }
    }
}

/// For whom it is done: nothing is that this caller may not do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behalf {
    /// The name of a token, or `local`.
    pub who: String,
    /// The limits of the token.
    pub projects: Vec<String>,
    pub queues: Vec<String>,
    pub services: Vec<String>,
}

/// Which jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// These, the newest first.
    Jobs(Vec<JobId>),
    Filter(StoredFilter),
}

/// Jobs of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredFilter {
    pub state: Option<String>,
    pub is_unfinished: bool,
    pub flow: Option<String>,
    pub queue: Option<String>,
    pub started_by: Option<String>,
    pub text: Option<String>,
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// Only jobs older than this one: those that come later were not counted.
    pub until: Option<JobId>,
}

impl StoredFilter {
    /// The same for a list of jobs that are older than this one, too.
    pub fn before(&self, job: Option<&JobId>) -> JobFilter {
        JobFilter {
            state: self
                .state
                .as_deref()
                .and_then(|state| state.parse::<JobState>().ok()),
            is_unfinished: self.is_unfinished,
            flow: self.flow.clone(),
            queue: self.queue.clone(),
            started_by: self.started_by.clone(),
            queues: None,
            before: job.or(self.until.as_ref()).cloned(),
            from: self.from,
            to: self.to,
            text: self.text.clone(),
        }
    }
}

/// What the step is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BulkParams {
    pub action: BulkAction,
    pub behalf: Behalf,
    pub choice: Choice,
    /// How many jobs there were when it was asked for.
    pub matched: u64,
}
