//! Filters of the list of jobs that people keep under names of their own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::in_our_way;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const VIEW: &str = "audience_saved_view";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create()
            .if_not_exists()
            .table(VIEW)
            .col(string_len("who", 255))
            .col(string_len("name", 64))
            .col(string_len("query", 1000))
            .col(big_integer("at"))
            .primary_key(Index::create().col("who").col("name"))
            .to_owned();
        in_our_way(manager.get_database_backend(), &mut table);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(VIEW).to_owned();
        manager.drop_table(drop).await
    }
}
