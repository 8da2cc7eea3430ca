//! A brief: what it looks for, and how far it has got. Its job has the same id.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_brief")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// As callers named it.
    pub name: String,
    /// The keywords, one a line, for those who look for a brief by them.
    pub keywords: String,
    /// The platforms, with a comma in front of and behind each.
    pub platforms: String,
    /// JSON, complete.
    pub request: String,
    /// Goes up when the request is changed.
    pub revision: i32,
    /// The number of the export that is made next, or was made last.
    pub stage: i32,
    /// When the first page of this stage was asked for; times are microseconds since 1970.
    pub began_at: Option<i64>,
    /// When open pages fail.
    pub deadline_at: Option<i64>,
    /// When no page was open any more.
    pub collected_at: Option<i64>,
    /// `finished`, `partial` or `failed`, once it is collected.
    pub outcome: Option<String>,
    /// What callers should know.
    pub message: Option<String>,
    /// Known once it is exported.
    pub articles: Option<i64>,
    pub accounts: Option<i64>,
    pub created_at: i64,
    pub changed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
