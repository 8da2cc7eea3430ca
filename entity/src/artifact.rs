//! Files that jobs leave; the files themselves are elsewhere.

use sea_orm::entity::prelude::*;

use crate::id::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_artifact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Of the lease under which the file was written; a part of its path.
    pub epoch: i64,
    pub bytes: i64,
    /// Hexadecimal digits.
    pub sha256: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
