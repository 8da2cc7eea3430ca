//! A project that was uploaded, and the version of it that is in use.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_pipeline_upload")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project: String,
    /// Its text is among the versions.
    pub version: String,
    /// Name of the caller's token.
    pub uploaded_by: String,
    pub at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
