//! Columns that the databases spell differently.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A text of any length: on MySQL the plain type ends at 64 KiB.
pub(crate) fn long_text(on: DbBackend, name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(name.to_owned());
    match on {
        DbBackend::MySql => column.custom("longtext"),
        _ => column.text(),
    };
    column
}

/// Bytes of any length: on MySQL the plain type ends at 64 KiB.
pub(crate) fn long_blob(on: DbBackend, name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(name.to_owned());
    match on {
        DbBackend::MySql => column.custom("longblob"),
        _ => column.blob(),
    };
    column
}

/// Whatever the server's defaults are: transactions, and texts that are the same only if all
/// their characters are.
pub(crate) fn in_our_way(on: DbBackend, table: &mut TableCreateStatement) {
    if on == DbBackend::MySql {
        table.engine("InnoDB");
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
}

/// A process can be killed between any two statements, so each can be said again.
pub(crate) async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    column: &mut ColumnDef,
) -> Result<(), DbErr> {
    if manager.has_column(table, name).await? {
        return Ok(());
    }
    let alter = Table::alter().table(table).add_column(column).to_owned();
    manager.alter_table(alter).await
}
