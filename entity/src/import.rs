//! An import whose file has been read: what became of it.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_import")]
pub struct Model {
    /// That of its job, and for a job that was started over its generation behind it. Rows have it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub job_id: JobId,
    pub file_name: String,
    pub sha256: String,
    pub format: Option<String>,
    pub mapping: String,
    /// `None`: the mapping came with the file.
    pub mapping_version: Option<i32>,
    pub mapping_text: String,
    /// As the settings name it; `None`: the engine's database.
    pub output: Option<String>,
    pub strict: bool,
    pub started_by: Option<String>,
    pub at: i64,
    /// `imported` or `refused`.
    pub state: String,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The tables that rows went to, each with what became of them; JSON.
    pub tables: String,
    pub rows_inserted: i64,
    pub rows_updated: i64,
    pub rows_unchanged: i64,
    /// Rows of an earlier import of the same file that are not there any more.
    pub rows_replaced: i64,
    /// All of them; not more than the settings say are kept.
    pub problems: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
