//! What backtests have found, slice by slice.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::{in_our_way, long_blob};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PART: &str = "audience_backtest_part";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut table = Table::create();
        table
            .table(PART)
            .col(string_len("job_id", 32))
            .col(integer("generation"))
            .col(string_len("kind", 16))
            .col(integer("partition_no"))
            .col(integer("batch_no"))
            .col(integer("slice_no"))
            .col(long_blob(backend, "body").not_null().to_owned())
            .primary_key(
                Index::create()
                    .col("job_id")
                    .col("generation")
                    .col("kind")
                    .col("partition_no")
                    .col("batch_no")
                    .col("slice_no"),
            );
        table.if_not_exists();
        in_our_way(backend, &mut table);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(PART).to_owned();
        manager.drop_table(drop).await
    }
}
