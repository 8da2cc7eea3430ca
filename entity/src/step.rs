//! One node of one job.

use sea_orm::entity::prelude::*;

use crate::{JobId, StepState};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_step")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    pub name: String,
    pub kind: String,
    /// Typed by the kind; JSON.
    pub params: String,
    /// Numbers of the steps that must have completed before; a JSON array.
    pub after: String,
    /// Seconds to wait once the steps before have completed.
    pub delay_s: i64,
    pub state: StepState,
    /// Not to be begun before; set when a delay or a back-off starts.
    pub not_before_at: Option<i64>,
    /// Failed attempts at planning it.
    pub failures: i32,
    pub last_error: Option<String>,
    /// Free text for people: what the step wants its users to know, one line each.
    pub notes: Option<String>,
    pub ended_at: Option<i64>,
    /// How its batches are run, as the kind asked for when it was planned; JSON.
    pub policy: Option<String>,
    /// What later steps find under its name; JSON.
    pub output: Option<String>,
    /// All of its batches, whatever their state. These counters change together with the batches.
    pub batches_total: i32,
    pub batches_done: i32,
    pub batches_failed: i32,
    pub batches_parked: i32,
    /// Units of work that its completed batches have done.
    pub units_done: i64,
    /// The step that has added it while the job ran; `None`: the job was stored with it.
    pub added_by: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
