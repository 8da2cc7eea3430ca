//! A time of the store's own, for the processes of a machine that share a file.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::in_our_way;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CLOCK: &str = "audience_clock";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut clock = Table::create()
            .if_not_exists()
            .table(CLOCK)
            .col(string_len("boot", 128).primary_key())
            .col(big_integer("ahead"))
            .col(big_integer("seen_at"))
            .col(big_integer("seen_wall_at"))
            .to_owned();
        in_our_way(manager.get_database_backend(), &mut clock);
        manager.create_table(clock).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(CLOCK).to_owned();
        manager.drop_table(drop).await
    }
}
