//! An instance in the plan of a run.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_pipeline_instance")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: String,
    /// Its place in the plan: what it needs comes before it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    /// The job that makes it, which other runs may share; null: nothing is to be done.
    pub job_id: Option<JobId>,
    pub task: String,
    /// The task with the values of its parameters, e.g. `day_log(date=2026-11-21,kind=imp)`.
    pub identity: String,
    /// What the plan said: `run`, `complete`, …
    pub action: String,
    pub reason: Option<String>,
    /// Numbers of the instances that it needs; a JSON array.
    pub needs: String,
    pub is_target: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
