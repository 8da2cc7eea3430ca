//! A page of articles that was pushed to a brief, or read from a topic for it.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_brief_pushed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub platform: String,
    /// From 1, in the order in which they came.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The key by which its sender knows it, of which there is one.
    pub batch: String,
    /// Whether it is the last one.
    pub ends: bool,
    pub received: i32,
    /// By the request as it was when it came, as are the next two.
    pub kept: i32,
    pub filtered: i32,
    pub out_of_range: i32,
    pub rejected: i32,
    /// Where the first rejected item has nothing that can be read, and why.
    pub rejected_path: Option<String>,
    /// JSON lines, packed by LZ4.
    pub articles: Vec<u8>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
