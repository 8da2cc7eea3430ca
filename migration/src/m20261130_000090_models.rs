//! Models: their versions with the bytes, aliases with their history, and what versions in the shadow answered.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{in_our_way, long_blob, long_text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MODEL: &str = "audience_model";
const VERSION: &str = "audience_model_version";
const PIECE: &str = "audience_model_piece";
const ALIAS: &str = "audience_model_alias";
const MOVE: &str = "audience_model_move";
const SHADOW: &str = "audience_model_shadow";

/// A view for programs that show tables.
const VIEW: &str = "v_model_version";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for mut table in tables(backend) {
            table.if_not_exists();
            in_our_way(backend, &mut table);
            manager.create_table(table).await?;
        }
        let connection = manager.get_connection();
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        connection.execute_unprepared(&drop).await?;
        let create = format!("CREATE VIEW {VIEW} AS {}", versions(backend));
        connection.execute_unprepared(&create).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = format!("DROP VIEW IF EXISTS {VIEW}");
        manager.get_connection().execute_unprepared(&drop).await?;
        for table in [SHADOW, MOVE, ALIAS, PIECE, VERSION, MODEL] {
            let drop = Table::drop().table(table).to_owned();
            manager.drop_table(drop).await?;
        }
        Ok(())
    }
}

fn tables(backend: DbBackend) -> Vec<TableCreateStatement> {
    let text = |name| long_text(backend, name).not_null().to_owned();
    let text_null = |name| long_text(backend, name).null().to_owned();
    let model = Table::create()
        .table(MODEL)
        .col(string_len("name", 64).primary_key())
        .col(big_integer("created_at"))
        .to_owned();
    let version = Table::create()
        .table(VERSION)
        .col(string_len("model", 64))
        .col(integer("version"))
        .col(string_len_null("format", 16))
        .col(string_len_null("task", 16))
        .col(text_null("row_schema"))
        .col(string_len("state", 16))
        .col(text_null("reason"))
        .col(integer_null("golden_row"))
        .col(text_null("expected"))
        .col(text_null("found"))
        .col(string_len("sha256", 64))
        .col(big_integer("bytes"))
        .col(text("file_name"))
        .col(string_len_null("content", 32))
        .col(big_integer("created_at"))
        .col(string_len("created_by", 255))
        .col(big_integer_null("removed_at"))
        .primary_key(Index::create().col("model").col("version"))
        .to_owned();
    let piece = Table::create()
        .table(PIECE)
        .col(string_len("content", 32))
        .col(integer("no"))
        .col(long_blob(backend, "body").not_null())
        .col(big_integer("created_at"))
        .primary_key(Index::create().col("content").col("no"))
        .to_owned();
    let alias = Table::create()
        .table(ALIAS)
        .col(string_len("model", 64))
        .col(string_len("alias", 64))
        .col(integer("version"))
        .col(integer_null("previous"))
        .col(integer("moves"))
        .col(big_integer("moved_at"))
        .col(string_len("moved_by", 255))
        .primary_key(Index::create().col("model").col("alias"))
        .to_owned();
    let moved = Table::create()
        .table(MOVE)
        .col(string_len("model", 64))
        .col(string_len("alias", 64))
        .col(integer("no"))
        .col(integer_null("from_version"))
        .col(integer("to_version"))
        .col(boolean("is_rollback"))
        .col(big_integer("moved_at"))
        .col(string_len("moved_by", 255))
        .primary_key(Index::create().col("model").col("alias").col("no"))
        .to_owned();
    let shadow = Table::create()
        .table(SHADOW)
        .col(string_len("model", 64))
        .col(integer("version"))
        .col(integer("shadow_version"))
        .col(big_integer("compared"))
        .col(big_integer("different"))
        .col(big_integer("other_label"))
        .col(big_integer("failed"))
        .col(big_integer("dropped"))
        .col(big_integer("noted_at"))
        .primary_key(
            Index::create()
                .col("model")
                .col("version")
                .col("shadow_version"),
        )
        .to_owned();
    vec![model, version, piece, alias, moved, shadow]
}

/// What versions are to those who read tables: times as such, and whether callers get them.
fn versions(backend: DbBackend) -> String {
    let time = |column: &str| match backend {
        DbBackend::Postgres => format!("to_timestamp(v.{column} / 1000000.0)"),
        DbBackend::Sqlite => {
            format!("strftime('%Y-%m-%d %H:%M:%f', v.{column} / 1000000.0, 'unixepoch')")
        }
        _ => format!("DATE_ADD('1970-01-01', INTERVAL v.{column} MICROSECOND)"),
    };
    let points = |alias: &str| {
        format!(
            "CASE WHEN EXISTS (SELECT 1 FROM {ALIAS} AS a WHERE a.model = v.model \
             AND a.version = v.version AND a.alias = '{alias}') THEN 1 ELSE 0 END"
        )
    };
    let (created, removed) = (time("created_at"), time("removed_at"));
    let (champion, shadow) = (points("champion"), points("shadow"));
    format!(
        "SELECT v.model, v.version, v.format, v.task, v.state, v.reason, v.sha256, v.bytes, \
         v.file_name, {created} AS created_at, v.created_by, {removed} AS removed_at, \
         {champion} AS is_champion, {shadow} AS is_shadow FROM {VERSION} AS v"
    )
}
