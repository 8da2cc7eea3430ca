//! Sessions of browsers: the key that seals them, and how often those of a token were ended.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::in_our_way;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SECRET: &str = "audience_secret";
const SESSION: &str = "audience_session";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let secret = Table::create()
            .if_not_exists()
            .table(SECRET)
            .col(string_len("name", 64).primary_key())
            .col(string_len("value", 255))
            .to_owned();
        let session = Table::create()
            .if_not_exists()
            .table(SESSION)
            .col(string_len("owner", 64).primary_key())
            .col(big_integer("generation"))
            .to_owned();
        for mut table in [secret, session] {
            in_our_way(manager.get_database_backend(), &mut table);
            manager.create_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [SESSION, SECRET] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}
