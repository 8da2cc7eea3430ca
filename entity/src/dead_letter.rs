//! What could not be used or delivered, with the reason, until somebody looks at it.

use sea_orm::entity::prelude::*;

use crate::{JobId, LetterKind};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_dead_letter")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub at: i64,
    pub kind: LetterKind,
    pub service: Option<String>,
    pub job_id: Option<JobId>,
    /// Where a reply came from.
    pub topic: Option<String>,
    pub payload: String,
    pub reason: String,
    pub replayed_at: Option<i64>,
    /// Of a reply: the attempt that its header named.
    pub attempt: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
