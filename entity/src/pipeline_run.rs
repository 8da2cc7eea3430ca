//! One request to make instances of tasks, and what has become of it.

use sea_orm::entity::prelude::*;

use crate::RunState;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_pipeline_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub project: String,
    /// Of the project's file, with which it was planned.
    pub version: String,
    pub state: RunState,
    /// Targets and options as they were understood; JSON.
    pub request: String,
    /// Digest of the request: tells whether two requests ask for the same.
    pub request_digest: String,
    pub idempotency_key: Option<String>,
    /// Name of the trigger; null: a person.
    pub trigger_name: Option<String>,
    /// Name of the caller's token.
    pub started_by: Option<String>,
    /// The run whose rest this one makes.
    pub retry_of: Option<String>,
    /// How many instances the plan had of each action; JSON.
    pub planned: String,
    /// How many jobs there were in each state at its end; JSON.
    pub counts: Option<String>,
    /// The commit whose files it uses.
    pub commit_id: Option<String>,
    /// When the forge is to be sent the state of the commit; null: there is nothing to send.
    pub status_due: Option<i64>,
    /// What it was sent last: `started` or `ended`.
    pub status_sent: Option<String>,
    /// How often the next one was tried.
    pub status_tries: i32,
    /// Somebody has asked for its end.
    pub cancel_requested: bool,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
