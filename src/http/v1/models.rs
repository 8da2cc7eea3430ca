//! Jobs as this API shows them.

use poem_openapi::Object;
use serde_json::Value;

use super::words::JobStates;
use crate::http::body::Word;

/// One run of a flow, in short.
#[derive(Object)]
pub(crate) struct JobSummary {
    /// 32 lower-case hexadecimal digits; newer jobs have greater ids.
    pub id: String,
    /// The flow that the job is a run of, e.g. `labelling`.
    pub flow: String,
    pub queue: String,
    pub state: Word<JobStates>,
    /// RFC 3339, like all times here.
    pub created_at: String,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    /// Why the job stands still although it runs.
    pub waiting: Option<String>,
    /// Why the job failed.
    pub error: Option<String>,
    /// Somebody asked it to stop.
    pub cancel_requested: bool,
    /// Under which the spans of the job are found; 32 hexadecimal digits.
    pub trace_id: String,
    /// The request as it was understood.
    pub request: Value,
}

/// Jobs, newest first.
#[derive(Object)]
pub(crate) struct JobPage {
    pub jobs: Vec<JobSummary>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<String>,
}

/// One run of a flow.
#[derive(Object)]
pub(crate) struct Job {
    #[oai(flatten)]
    pub summary: JobSummary,
    pub steps: Vec<Step>,
    /// Rows that the first step has read so far.
    pub rows: u64,
    /// Rows per second of what is worked on now.
    pub rows_per_s: f64,
    /// Seconds until the step that runs is through, at its present speed; null if that is not
    /// known.
    pub eta_s: Option<u64>,
    /// The newest 50, newest first.
    pub attempts: Vec<Attempt>,
    /// What went wrong last, even if it was overcome.
    pub last_error: Option<String>,
    /// Of a labelling job: what the table `state` says of it, and more. Null for other flows and
    /// while the output cannot be read.
    pub figures: Option<Figures>,
}

/// One node of a job.
#[derive(Object)]
pub(crate) struct Step {
    pub name: String,
    /// What it does, e.g. `label`.
    pub kind: String,
    /// `pending`, `running`, `completed` or `failed`.
    pub state: String,
    pub batches_done: u32,
    pub batches_total: u32,
    /// Rows worked on so far.
    pub rows: u64,
    pub rows_per_s: f64,
    /// How much is done, from 0 to 1; null before it is known.
    pub fraction: Option<f64>,
    /// What its users should know.
    pub notes: Vec<String>,
    pub error: Option<String>,
}

/// One try at one batch.
#[derive(Object)]
pub(crate) struct Attempt {
    /// Name of the step.
    pub step: String,
    pub batch: i32,
    /// Counts the attempts at the batch, from 1.
    pub no: i32,
    /// `running`, `completed`, `failed`, `outage`, `stopped` or `crashed`.
    pub outcome: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    pub error: Option<String>,
}

/// What a labelling job has come to.
#[derive(Object)]
pub(crate) struct Figures {
    /// `PENDING`, `STARTED`, `SUCCESS`, `FAILURE` or `BREAK`; null before the task is in `state`.
    pub stat: Option<String>,
    /// `finish`, `no_data`, `failure`, or null before the end.
    pub prod_stat: Option<String>,
    /// Whether its panels can be read.
    pub published: bool,
    /// Everything up to this `post_time` is durably labelled.
    pub check_point: Option<String>,
    /// Rows that took part.
    pub rows_received: u64,
    /// Staged rows: one per row and label.
    pub rows_labelled: u64,
    /// Rows whose `s_id` is in no group.
    pub unmapped: u64,
    /// Those of them that went to no group.
    pub skipped: u64,
    /// Rows left out because their `post_time` is not a time.
    pub undated: u64,
    /// Groups that have rows.
    pub groups: Vec<GroupFigures>,
    pub peak_memory_mb: Option<f64>,
    pub run_time_minutes: Option<f64>,
    /// Rows received per second of run time.
    pub rows_per_s: Option<f64>,
    /// Where the time of what is durable went: `read`, `match`, `write`, `publish`. The first three
    /// work at the same time.
    pub stages: Vec<StageFigures>,
}

/// What one stage of a labelling job took.
#[derive(Debug, PartialEq, Object)]
pub(crate) struct StageFigures {
    pub stage: String,
    pub seconds: f64,
    /// Per cent of the seconds of all stages.
    pub share: f64,
}

/// What a labelling job has come to in one group.
#[derive(Debug, PartialEq, Object)]
pub(crate) struct GroupFigures {
    pub group: String,
    pub rows_published: u64,
    /// Distinct authors among all rows received.
    pub unique_authors: u64,
    /// Per cent of the authors that are published.
    pub rate_of_label: f64,
}
