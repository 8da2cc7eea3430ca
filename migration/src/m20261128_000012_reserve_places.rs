//! A message may have a place of its service before it is sent.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::add;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const OUTBOX: &str = "audience_outbox";
const RESERVED: &str = "reserved";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut reserved = boolean(RESERVED).default(false).take();
        add(manager, OUTBOX, RESERVED, &mut reserved).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter()
            .table(OUTBOX)
            .drop_column(RESERVED)
            .to_owned();
        manager.alter_table(alter).await
    }
}
