//! Messages that are to be sent: stored with their tasks, gone once they are sent.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_outbox")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub job_id: JobId,
    pub service: String,
    /// The attempt that it starts.
    pub attempt: i32,
    /// Not to be sent earlier; microseconds since 1970, 0: at once.
    pub not_before_at: i64,
    /// 0: before it was noted.
    pub stored_at: i64,
    /// It has one of the places of a service that takes a limited number of tasks at once.
    pub reserved: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
