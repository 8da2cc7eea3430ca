//! Which job needs which other.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_need")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// The job that has to end first. It may have been dropped since.
    #[sea_orm(primary_key, auto_increment = false)]
    pub needs_id: JobId,
    /// Any end of it counts, not only success.
    pub soft: bool,
    /// It has ended, and has been counted: it may start over and end once more.
    pub settled: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
