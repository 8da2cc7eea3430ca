//! What starts something by itself, as far as it has to be remembered.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_trigger")]
pub struct Model {
    /// Its source and its name there.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Of what it is: one that is changed begins anew.
    pub digest: String,
    /// What was due before does not fire.
    pub since_at: i64,
    pub is_paused: bool,
    /// What its definition says; when that changes, it counts.
    pub paused_by_definition: bool,
    /// The name of the caller who has paused or resumed it last.
    pub paused_by: Option<String>,
    pub paused_at: Option<i64>,
    /// What its source remembers of its last success; JSON.
    pub kept: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
