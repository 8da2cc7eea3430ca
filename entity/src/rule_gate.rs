//! A job that the gate of its rule set holds, or has held, before it publishes.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_gate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// A job that is run anew is judged anew.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// The step that waits.
    pub step_no: i32,
    pub batch_no: i32,
    pub rule_set: String,
    /// `None`: the set came with the request.
    pub version: Option<i32>,
    /// What was found, as JSON.
    pub judgement: String,
    pub held_at: i64,
    /// Nobody waits for a decision after this moment.
    pub expires_at: i64,
    /// `approved`, `rejected` or `expired`; `None`: it is held.
    pub decision: Option<String>,
    pub decided_at: Option<i64>,
    /// `None`: nobody, it has expired.
    pub decided_by: Option<String>,
    pub why: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
