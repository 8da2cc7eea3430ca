//! A durable share of a step's input: the unit of parallelism, failure and retry.

use sea_orm::entity::prelude::*;

use crate::{BatchState, JobId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub step_no: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    /// Typed by the kind; JSON.
    pub spec: String,
    pub state: BatchState,
    /// Attempts begun, whatever became of them.
    pub attempts: i32,
    /// Attempts that failed in a row: errors and panics, not outages and not crashes.
    pub failures: i32,
    /// Outages in a row: they are waited for, with growing pauses.
    pub outages: i32,
    /// Processes that ended under it in a row, without its having moved in between.
    pub crashes: i32,
    pub not_before_at: Option<i64>,
    pub last_error: Option<String>,
    /// The last progress of the batch, as JSON. For people: it is not the checkpoint.
    pub progress: Option<String>,
    pub ended_at: Option<i64>,
    /// A step has no second batch with the same key.
    pub dedup_key: Option<String>,
    /// How far the batch has durably got, where its kind leaves that to the engine; JSON.
    pub checkpoint: Option<String>,
    /// What the batch adds to the output of its step; JSON.
    pub output: Option<String>,
    /// Signals that have arrived and are not used up; a JSON array.
    pub signals: Option<String>,
    /// A parked batch continues when a signal arrives.
    pub wakes_on_signal: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
