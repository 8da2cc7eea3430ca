//! A version of a rule set: nothing of it ever changes.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_set_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// From 1, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// SHA-256 of the canonical JSON.
    pub digest: String,
    /// How the document was written: `yaml`, `json`, `tsv`, `csv` or `xlsx`.
    pub form: String,
    /// Names the pieces of the document as it was sent.
    pub document: String,
    pub bytes: i64,
    /// Names the pieces of the canonical JSON.
    pub canonical: String,
    pub labels: i32,
    pub rules: i32,
    /// Findings when it was stored.
    pub warnings: i64,
    pub created_at: i64,
    pub created_by: String,
    pub why: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
