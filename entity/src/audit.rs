//! Who did what, on what, when, from where, and with which result.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_audit")]
pub struct Model {
    /// 32 hexadecimal digits, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub at: i64,
    /// The last one of those that this row stands for.
    pub until_at: i64,
    /// How many calls this row stands for.
    pub count: i64,
    /// The name of a token, or `local`; `None`: nobody who is known.
    pub who: Option<String>,
    pub operation: String,
    /// An id or a name.
    pub what: Option<String>,
    pub address: Option<String>,
    pub result: String,
    /// The status of the answer; `None`: it was not a call over HTTP.
    pub status: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
