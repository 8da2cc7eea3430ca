//! A page of a sequence: one request to a platform, and what became of it.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_brief_page")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub platform: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i32,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// `open`, `fetched`, `done`, `failed` or `dropped`.
    pub state: String,
    /// Of the export before which it was planned.
    pub stage: i32,
    /// Goes up when its articles are to be stored anew.
    pub attempt: i32,
    /// The cursors that it is asked with, as JSON.
    pub cursors: Option<String>,
    /// What its answer says of the pages behind it, as JSON.
    pub next: Option<String>,
    pub received: i32,
    pub kept: i32,
    pub filtered: i32,
    pub out_of_range: i32,
    pub rejected: i32,
    /// Where the first rejected item has nothing that can be read, and why.
    pub rejected_path: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    pub tries: i32,
    pub calls: i32,
    pub opened_at: i64,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
