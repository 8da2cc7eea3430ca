//! How far the time of the store is ahead of the time since the boot of a machine.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_clock")]
pub struct Model {
    /// A boot of a machine, and the time namespace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub boot: String,
    /// Microseconds.
    pub ahead: i64,
    /// The latest moment by the store's time that was noted, in microseconds.
    pub seen_at: i64,
    /// The time of day at that moment, in microseconds since 1970.
    pub seen_wall_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
