//! A run of a scrape that has ended: what it fetched, and what became of the rows.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_scrape_run")]
pub struct Model {
    /// That of its job, with what tells the runs of a job apart behind it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub job_id: JobId,
    pub scrape: String,
    /// `None`: the scrape came with the run.
    pub version: Option<i32>,
    /// `YYYY-MM-DD`, the day that the templates of its URL meant.
    pub day: String,
    /// `succeeded`, `unchanged` or `failed`.
    pub state: String,
    /// Why it has failed.
    pub reason: Option<String>,
    /// The run whose kept pages it has extracted again.
    pub replay_of: Option<String>,
    pub started_by: Option<String>,
    pub began_at: i64,
    /// When it ended.
    pub at: i64,
    pub pages: i32,
    /// Those that had not changed.
    pub unchanged_pages: i32,
    /// Unpacked.
    pub bytes: i64,
    /// Why there was no further page.
    pub ended: Option<String>,
    pub rows_found: i64,
    /// Rows without a value that they need, and those whose key another one had.
    pub rows_left_out: i64,
    pub rows_inserted: i64,
    pub rows_updated: i64,
    /// Rows that are there as they were fetched later.
    pub rows_unchanged: i64,
    /// All of them; not more than the settings say are kept.
    pub problems: i64,
    /// As the settings name it; `None`: the engine's database.
    pub output: Option<String>,
    /// The tables that rows went to, each with what became of them; JSON.
    pub tables: String,
    /// Until when its pages are kept; `None`: there are none any more.
    pub raw_until: Option<i64>,
    /// The lease under which they were written, which is part of the path of their file.
    pub raw_epoch: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
