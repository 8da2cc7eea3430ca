//! One run of a flow: what callers call a task.

use sea_orm::entity::prelude::*;

use crate::{HistoryState, JobId, JobState};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// Name of the flow that the job is a run of, e.g. `labelling`.
    pub flow: String,
    pub state: JobState,
    /// Jobs of one queue share a limit of how many run at once.
    pub queue: String,
    /// The request as it was understood, as JSON, to be shown again.
    pub request: String,
    /// Digest of the request: tells whether two requests ask for the same.
    pub request_digest: String,
    pub idempotency_key: Option<String>,
    /// Digest of the body that was sent: equal for two bodies with the same content. Earlier versions
    /// kept it as a member of `request`.
    pub body_digest: Option<String>,
    pub cancel_requested: bool,
    /// Goes up when the job starts over from the beginning.
    pub generation: i32,
    /// Microseconds since 1970, UTC, like every `_at`.
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// Which process runs the job; see the store's `leases`.
    pub lease_owner: Option<String>,
    /// Milliseconds since 1970 by the database's clock.
    pub lease_until_ms: Option<i64>,
    /// Fencing token: goes up with each claim.
    pub lease_epoch: i64,
    /// Why the job stands still although it runs, in a sentence.
    pub waiting: Option<String>,
    pub error: Option<String>,
    /// A parked job is looked at again then, whatever else happens; microseconds since 1970.
    pub wakes_at: Option<i64>,
    pub history: HistoryState,
    /// The span that the job comes from, as in a W3C `traceparent` header.
    pub traceparent: Option<String>,
    /// What people call the job, such as in the reasons of others; `None`: its id.
    pub title: Option<String>,
    /// Of all jobs with the same one at most one is unfinished.
    pub identity: Option<String>,
    /// The identity while the job is unfinished; unique.
    pub live_key: Option<String>,
    /// The negative of its priority: jobs are claimed in ascending order of it. (`rank` is a word of SQL.)
    pub rank_no: i32,
    /// How many of the jobs that it needs have not ended.
    pub needs_left: i32,
    /// It was stored together with others: it takes none of the places of jobs that wait.
    pub planned: bool,
    /// What it holds while it runs, as a text; empty: nothing.
    pub slot_key: String,
    /// Who submitted it: the name of a token, or `local`. They learn how it ends.
    pub started_by: Option<String>,
    /// Who or what started it, to be shown: the name of a token, `local`, or `schedules/NAME` or
    /// `PROJECT/TRIGGER` of what fired by itself.
    pub starter: Option<String>,
    /// What it is a run of: jobs of one flow with the same subject are alike, and take about as long.
    pub subject: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
