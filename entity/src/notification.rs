//! Something that people may want to learn, stored in one transaction with the change that it reports.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_notification")]
pub struct Model {
    /// 32 hexadecimal digits, ordered by time; never changes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// e.g. `job.failed`.
    pub kind: String,
    pub at: i64,
    /// The id of the job or run, or the name of the schedule.
    pub about: String,
    /// The flow of the job, or the system that it is from.
    pub flow: String,
    /// What people call what it is about.
    pub name: Option<String>,
    /// Who started it: the name of a token, or `local`.
    pub started_by: Option<String>,
    /// JSON.
    pub data: String,
    /// Its place among those that are published, without gaps in time; `None`: it is not yet published.
    pub no: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
