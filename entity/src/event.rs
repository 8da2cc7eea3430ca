//! What happened to a job, in order; served to watchers, who resume by `seq`.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub job_id: JobId,
    pub at: i64,
    /// e.g. `job.started`, `batch.failed`, `progress`.
    pub kind: String,
    /// JSON.
    pub data: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
