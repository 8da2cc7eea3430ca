//! What a person says of a row; said again, it replaces what they said before.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_rule_review_verdict")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub review_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub who: String,
    /// `right`, `wrong` or `unsure`.
    pub verdict: String,
    /// The label that it should have.
    pub label: Option<String>,
    pub note: Option<String>,
    pub said_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
