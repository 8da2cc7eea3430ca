//! Large inputs of jobs, stored once under the digest of their content.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_blob")]
pub struct Model {
    /// SHA-256 of the body, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    pub body: Vec<u8>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
