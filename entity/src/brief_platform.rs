//! What a brief finds on one platform.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_brief_platform")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub platform: String,
    /// Its place in the request.
    pub no: i32,
    /// Of the request that its pages were planned for.
    pub revision: i32,
    pub began_at: Option<i64>,
    /// When its last page ended.
    pub ended_at: Option<i64>,
    pub calls: i64,
    pub retries: i64,
    pub hedges: i64,
    /// Rows in the output.
    pub stored: i64,
    /// Whether a limit of the brief has left something out.
    pub limited: bool,
    /// Why it has stopped before its last page.
    pub message: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
