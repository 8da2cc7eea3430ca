//! A notification for one caller, shown by the bell of the pages.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_notification_bell")]
pub struct Model {
    /// The name of a token, or `local`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub who: String,
    /// That of the notification.
    #[sea_orm(primary_key, auto_increment = false)]
    pub no: i64,
    pub at: i64,
    pub is_read: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
