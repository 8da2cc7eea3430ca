//! A query that is sent to a platform page by page.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_brief_sequence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub platform: String,
    /// From 1, in the order in which they were planned.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i32,
    /// The keyword that it was made of, as it stands in the request.
    pub keyword: String,
    pub query: String,
    /// The range, where the platform is asked for one.
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
    /// Whether the request, as it is now, asks for it.
    pub wanted: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
