//! Rule sets: their versions with the documents, and which version was active when.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{in_our_way, long_blob, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SET: &str = "audience_rule_set";
const VERSION: &str = "audience_rule_set_version";
const PIECE: &str = "audience_rule_set_piece";
const ACTIVATION: &str = "audience_rule_set_activation";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for mut table in tables(backend) {
            table.if_not_exists();
            in_our_way(backend, &mut table);
            manager.create_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [ACTIVATION, PIECE, VERSION, SET] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn tables(backend: DbBackend) -> Vec<TableCreateStatement> {
    let why = || long_text(backend, "why").null().to_owned();
    let set = Table::create()
        .table(SET)
        .col(string_len("name", 64).primary_key())
        .col(big_integer("created_at"))
        .col(integer("newest"))
        .col(integer_null("active"))
        .col(integer("activations"))
        .to_owned();
    let version = Table::create()
        .table(VERSION)
        .col(string_len("name", 64))
        .col(integer("version"))
        .col(string_len("digest", 64))
        .col(string_len("form", 8))
        .col(string_len("document", 32))
        .col(big_integer("bytes"))
        .col(string_len("canonical", 32))
        .col(integer("labels"))
        .col(integer("rules"))
        .col(big_integer("warnings"))
        .col(big_integer("created_at"))
        .col(string_len("created_by", 255))
        .col(why())
        .primary_key(Index::create().col("name").col("version"))
        .to_owned();
    let piece = Table::create()
        .table(PIECE)
        .col(string_len("content", 32))
        .col(integer("no"))
        .col(long_blob(backend, "body").not_null())
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("content").col("no"))
        .to_owned();
    let activation = Table::create()
        .table(ACTIVATION)
        .col(string_len("name", 64))
        .col(integer("no"))
        .col(integer_null("from_version"))
        .col(integer("to_version"))
        .col(big_integer("activated_at"))
        .col(string_len("activated_by", 255))
        .col(why())
        .primary_key(Index::create().col("name").col("no"))
        .to_owned();
    vec![set, version, piece, activation]
}
