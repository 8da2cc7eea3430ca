//! A review: rows of a job that were drawn for people to judge.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_review")]
pub struct Model {
    /// 32 hexadecimal digits, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub job_id: JobId,
    pub rule_set: String,
    /// `None`: the set came with the request.
    pub version: Option<i32>,
    /// `published`, `uncovered` or `conflict`.
    pub subject: String,
    /// What tells its strata apart, joined by commas.
    pub strata_by: String,
    pub per_stratum: i32,
    pub seed: i64,
    /// As JSON, in their order: `{"values": […], "rows": …}`.
    pub strata: String,
    pub items: i32,
    pub created_at: i64,
    pub created_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
