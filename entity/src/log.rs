//! The log of each job, in order; served to readers, who resume by `seq`.

use sea_orm::entity::prelude::*;

use crate::{JobId, LogLevel};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_log")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub job_id: JobId,
    pub at: i64,
    pub level: LogLevel,
    pub message: String,
    /// What else the line says, as a JSON object.
    pub fields: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
