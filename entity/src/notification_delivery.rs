//! A message for one receiver of a rule: the outbox of notifications.

use sea_orm::entity::prelude::*;

use crate::DeliveryState;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_notification_delivery")]
pub struct Model {
    /// 32 hexadecimal digits, ordered by time: the receiver sees the same one each time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub rule_name: String,
    /// e.g. `hook:slack`, `mail:team/anna@example.org`.
    pub receiver: String,
    /// Digest of what makes notifications alike.
    pub cause: String,
    pub state: DeliveryState,
    /// How many notifications it stands for.
    pub count: i32,
    pub created_at: i64,
    /// It is not sent earlier; a process that sends it moves it on, so that no other one does.
    pub due_at: i64,
    pub tries: i32,
    pub error: Option<String>,
    pub ended_at: Option<i64>,
    /// What is said, as JSON.
    pub message: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
