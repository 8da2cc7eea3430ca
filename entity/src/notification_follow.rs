//! Who wants to learn how a job or a run ends, besides the caller that started it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_notification_follow")]
pub struct Model {
    /// The id of the job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub about: String,
    /// The name of a token, or `local`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub who: String,
    pub at: i64,
    /// The moment of the newest end for which a notification was stored.
    pub told_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
