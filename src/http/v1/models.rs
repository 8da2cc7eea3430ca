//! Jobs as this API shows them.

use poem_openapi::Object;
use serde_json::Value;

use super::permissions::JobActions;
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
    /// What people call the job, e.g. the instance that it makes; missing: it has no name but its id.
    #[oai(skip_serializing_if_is_none)]
    pub title: Option<String>,
    pub state: Word<JobStates>,
    /// RFC 3339, like all times here.
    pub created_at: String,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    /// What a job that does not move waits for.
    pub waiting: Option<String>,
    /// Why the job failed.
    pub error: Option<String>,
    /// Somebody asked it to stop.
    pub cancel_requested: bool,
    /// Who or what started it: the name of a token, `local`, or the schedule or trigger that fired by
    /// itself, as `schedules/NAME` or `PROJECT/TRIGGER`; null where that is not known.
    pub started_by: Option<String>,
    /// How long jobs like it usually take, in seconds: the median of the last ones that succeeded, of the
    /// same flow and for the same rule set and table, task of a pipeline, or service. Null where fewer than
    /// three have.
    pub usual_s: Option<f64>,
    /// Under which the spans of the job are found; 32 hexadecimal digits.
    pub trace_id: String,
    /// The request as it was understood.
    pub request: Value,
}

/// Jobs, newest first.
#[derive(Object)]
pub(crate) struct JobPage {
    pub jobs: Vec<JobSummary>,
    /// Give it as `after` to get the next page; null on the last one. A search looks through so many
    /// jobs at once, so that a page may have fewer jobs than asked for, or none, and not be the last.
    pub next: Option<String>,
    /// How many jobs are in each state, whatever the other filters are; with `counts`. Of a million jobs
    /// the numbers may be some seconds old.
    #[oai(skip_serializing_if_is_none)]
    pub counts: Option<JobCounts>,
}

/// How many jobs are in each state.
#[derive(Default, Object)]
pub(crate) struct JobCounts {
    pub blocked: u64,
    pub queued: u64,
    pub running: u64,
    pub parked: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub cancelled: u64,
    pub skipped: u64,
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
    /// Of a labelling job: what the table `state` says of it, and more. Of a task for an outside
    /// worker: where it is. Of a pipeline's job: its instance, run, needs, outputs and attempts. Of an
    /// action on many jobs: with how many it was done, and why not with the others. Null for other
    /// flows and while the output cannot be read.
    pub figures: Option<Value>,
    /// Which actions the caller may take now.
    pub can: JobActions,
    /// Of a job that makes an instance of a pipeline's task, as in `figures`: the task with its values.
    #[oai(skip_serializing_if_is_none)]
    pub instance: Option<String>,
    /// The run that asked for the instance first.
    #[oai(skip_serializing_if_is_none)]
    pub run: Option<String>,
    /// What the instance needs, each with its job and the state of that.
    #[oai(skip_serializing_if_is_none)]
    pub needs: Option<Vec<Value>>,
    /// By which the instance shows that it is made.
    #[oai(skip_serializing_if_is_none)]
    pub outputs: Option<Vec<Value>>,
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
    /// `running`, `completed`, `failed`, `outage`, `stopped`, `parked` or `crashed`.
    pub outcome: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    pub error: Option<String>,
}
