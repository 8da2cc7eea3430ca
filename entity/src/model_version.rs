//! A version of a model, as it was uploaded: nothing of it changes but that it is removed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_model_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: String,
    /// From 1; no number is given twice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// `None`: it was refused before its format was known. The same of the task and the schema.
    pub format: Option<String>,
    pub task: Option<String>,
    /// JSON Schema of a row.
    pub row_schema: Option<String>,
    /// `proved`, `unproved` or `refused`.
    pub state: String,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The row of the goldens that was answered in another way, from 0, with both answers as JSON.
    pub golden_row: Option<i32>,
    pub expected: Option<String>,
    pub found: Option<String>,
    /// Of the file as it was sent, like its length.
    pub sha256: String,
    pub bytes: i64,
    pub file_name: String,
    /// Names the pieces of its package; `None`: there are none.
    pub content: Option<String>,
    pub created_at: i64,
    pub created_by: String,
    pub removed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
