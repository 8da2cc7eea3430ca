//! Who did what.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::in_our_way;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const AUDIT: &str = "audience_audit";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create()
            .if_not_exists()
            .table(AUDIT)
            .col(string_len("id", 32).primary_key())
            .col(big_integer("at"))
            .col(big_integer("until_at"))
            .col(big_integer("count"))
            .col(string_len_null("who", 255))
            .col(string_len("operation", 64))
            .col(string_len_null("what", 255))
            .col(string_len_null("address", 45))
            .col(string_len("result", 16))
            .col(integer_null("status"))
            .to_owned();
        in_our_way(manager.get_database_backend(), &mut table);
        manager.create_table(table).await?;
        let name = "audience_audit_at";
        if manager.has_index(AUDIT, name).await? {
            return Ok(());
        }
        let mut index = Index::create();
        index.name(name).table(AUDIT).col("at");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(AUDIT).to_owned();
        manager.drop_table(drop).await
    }
}
