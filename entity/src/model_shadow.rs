//! How often the answers of a version in the shadow differed from those that callers got.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_model_shadow")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: String,
    /// That answered.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub shadow_version: i32,
    pub compared: i64,
    /// Rows whose answer differs by more than rounding.
    pub different: i64,
    /// Those of them that have another label.
    pub other_label: i64,
    /// Rows that the version in the shadow did not answer.
    pub failed: i64,
    /// Rows that were not compared, for too many waited.
    pub dropped: i64,
    pub noted_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
