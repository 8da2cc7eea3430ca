//! A task for an outside worker: what its job does not say.

use sea_orm::entity::prelude::*;

use crate::{DispatchStatus, JobId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_dispatch")]
pub struct Model {
    /// Of the task: of a task that is a job of its own, that job's id, too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// Which of the configured services it is for.
    pub service: String,
    pub status: DispatchStatus,
    /// Goes up each time its message is to be sent anew.
    pub attempt: i32,
    /// Attempts that failed in a row, of those that are made without being asked.
    pub failures: i32,
    /// When a worker reported that it began; microseconds since 1970, like every `_at`.
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// Without another report until then the attempt has failed.
    pub deadline_at: Option<i64>,
    /// The key of the worker that leased it over HTTP: nobody else may report.
    pub holder: Option<String>,
    /// The last message of all.
    pub message: Option<String>,
    pub message_running: Option<String>,
    pub message_finished: Option<String>,
    pub message_failed: Option<String>,
    /// What the worker handed in, as JSON.
    pub result: Option<String>,
    /// The job that waits for it with a batch of a step. `None`: the task is a job of its own.
    pub for_job: Option<JobId>,
    pub step_no: Option<i32>,
    pub batch_no: Option<i32>,
    /// The request of such a task, as JSON; that of any other stands in its job.
    pub request: Option<String>,
    /// When the message of this attempt was handed over to be sent. `None`: nobody can have got it
    /// over Kafka.
    pub sent_at: Option<i64>,
    /// When the last report came that counted, or repeated one that did.
    pub reported_at: Option<i64>,
    /// Of the status, message and result of that report.
    pub report_digest: Option<i64>,
    /// The last heartbeat of the lease. `None`: its holder may never have heard of the task.
    pub heartbeat_at: Option<i64>,
    /// How much of the present attempt its worker has done, in millionths.
    pub progress_ppm: Option<i64>,
    /// When a caller cancelled it, unless it has been started again since.
    pub cancelled_at: Option<i64>,
}

impl Model {
    /// The job to whose history it belongs.
    pub fn job(&self) -> &JobId {
        self.for_job.as_ref().unwrap_or(&self.job_id)
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
