//! The content of a project file: runs refer to it, and do what it said.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_pipeline_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project: String,
    /// Digest of the text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    pub text: String,
    /// When it was read for the first time.
    pub at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
