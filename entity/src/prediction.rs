//! What a prediction job reads and writes, and how far it has got.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_prediction")]
pub struct Model {
    /// That of its job, and for a job that was started over its generation behind it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub job_id: JobId,
    pub model: String,
    pub model_version: i32,
    /// As the settings name it; `None`: the table is in the output.
    pub source: Option<String>,
    /// Whose rows are read.
    pub import_id: Option<String>,
    pub from_table: String,
    pub key_column: String,
    pub into_table: String,
    /// As the settings name it; `None`: the engine's database.
    pub output: Option<String>,
    /// Rows that were scored so far.
    pub rows_scored: i64,
    /// Those among them that have an error instead of a prediction.
    pub rows_failed: i64,
    /// Rows without a key of their own.
    pub rows_left_out: i64,
    pub started_at: i64,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
