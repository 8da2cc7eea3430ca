//! A part of what a backtest has found: of a slice of its rows, or of some of the authors.

use sea_orm::entity::prelude::*;

use crate::JobId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audience_backtest_part")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub job_id: JobId,
    /// A job that is run anew compares anew.
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i32,
    /// `sums`, `rows`, `votes` or `members`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// Of the authors, for votes and members; else 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub partition_no: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch_no: i32,
    /// Number of the slice in its batch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slice_no: i32,
    /// Packed by LZ4, but for votes.
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
