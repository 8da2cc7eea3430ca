//! An instance that has succeeded.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_pipeline_marker")]
pub struct Model {
    /// Digest of project and identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub project: String,
    pub identity: String,
    /// The last one that made it.
    pub job_id: JobId,
    /// Digest of what the task did then: of another one, the instance is stale.
    pub fingerprint: String,
    /// What a flow of another system came to; JSON.
    pub result: Option<String>,
    pub at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
