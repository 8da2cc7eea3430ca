//! An export of a brief that can be downloaded.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_brief_export")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stage: i32,
    /// The name of its file below `briefs.exports`.
    pub file: String,
    pub bytes: i64,
    pub sha256: String,
    /// The request that it was made for, as JSON, and its revision.
    pub request: String,
    pub revision: i32,
    /// JSON: the figures and the files in it.
    pub manifest: String,
    pub created_at: i64,
    /// When its file was removed because of its age.
    pub removed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
