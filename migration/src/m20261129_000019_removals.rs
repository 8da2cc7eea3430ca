//! Which jobs are being removed with their results.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::in_our_way;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const REMOVAL: &str = "audience_removal";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut removal = Table::create()
            .if_not_exists()
            .table(REMOVAL)
            .col(string_len("job_id", 32).primary_key())
            .col(big_integer("at"))
            .to_owned();
        in_our_way(manager.get_database_backend(), &mut removal);
        manager.create_table(removal).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(REMOVAL).to_owned();
        manager.drop_table(drop).await
    }
}
