//! One time that a trigger fired, stored before anything is started.

use sea_orm::entity::prelude::*;

use crate::FireState;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_trigger_fire")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub trigger_id: String,
    /// What it is for. No trigger fires twice with the same key.
    pub fire_key: String,
    /// The moment that it stands for, which may be long before it was stored.
    pub at: i64,
    /// Until when it waited on purpose.
    pub due_at: i64,
    pub stored_at: i64,
    pub state: FireState,
    /// The id of what it has started.
    pub started: Option<String>,
    /// JSON.
    pub params: String,
    /// The name of the caller.
    pub fired_by: Option<String>,
    /// Why it is not `started`.
    pub message: Option<String>,
    /// When what it had started was found to have ended, and how.
    pub ended_at: Option<i64>,
    pub outcome: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
