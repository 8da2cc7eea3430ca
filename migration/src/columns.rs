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

/// Whatever the server's defaults are: transactions, and texts that are the same only if all
/// their characters are.
pub(crate) fn in_our_way(on: DbBackend, table: &mut TableCreateStatement) {
    if on == DbBackend::MySql {
        table.engine("InnoDB");
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
}
