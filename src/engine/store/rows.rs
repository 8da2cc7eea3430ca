//! Many rows in one bound value: as JSON, which each of the databases reads as a table. The
//! statement stays the same however many rows there are, so it is prepared once.

use sea_orm::sea_query::Values;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};
use serde::Serialize;

use super::StoreError;

/// What a column of such a table holds.
#[derive(Clone, Copy)]
pub(crate) enum ColumnType {
    /// At most 255 characters.
    ShortText,
    Text,
    Integer,
}

pub(crate) type Column = (&'static str, ColumnType);

/// For a list that is written into a statement: the last value is repeated up to a power of two, so
/// that there are few texts of a statement. Each connection keeps the texts that it has prepared, and
/// one for every length of a list would fill its memory with them.
pub(crate) fn padded<T: Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// `statement` with `{rows}` replaced by the rows as a table `r`.
pub(crate) fn statement<T: Serialize>(
    backend: DbBackend,
    statement: &str,
    columns: &[Column],
    rows: &[T],
) -> Result<Statement, StoreError> {
    let sql = statement.replace("{rows}", &table(backend, columns));
    let json = serde_json::to_string(rows).map_err(|cause| StoreError::Unstorable { cause })?;
    Ok(Statement::from_sql_and_values(backend, sql, [json.into()]))
}

/// An update of the rows of `table` that belong to rows of `r` by `on`, with `{rows}` to be
/// replaced.
pub(crate) fn update(backend: DbBackend, table: &str, set: &str, on: &str) -> String {
    match backend {
        // The rows first: read the other way round, every row of the table would be locked for a while.
        DbBackend::MySql => {
            format!("UPDATE {{rows}} STRAIGHT_JOIN {table} ON {on} SET {set}")
        }
        _ => format!("UPDATE {table} SET {set} FROM {{rows}} WHERE {on}"),
    }
}

/// A deletion of the rows of `table` whose `column` is the `key` of a row of `r`, with `{rows}` to be
/// replaced.
pub(crate) fn deletion(backend: DbBackend, table: &str, column: &str, key: &str) -> String {
    match backend {
        DbBackend::MySql => format!(
            "DELETE {table} FROM {{rows}} STRAIGHT_JOIN {table} ON {table}.{column} = r.{key}"
        ),
        _ => format!("DELETE FROM {table} WHERE {column} IN (SELECT r.{key} FROM {{rows}})"),
    }
}

/// Executes statements in order and answers how many rows they met together. SQLite takes all of
/// them at once: each on its own is handed to another thread and back.
pub(crate) async fn execute_all(
    on: &DatabaseTransaction,
    statements: Vec<Statement>,
) -> Result<u64, DbErr> {
    let backend = on.get_database_backend();
    if backend == DbBackend::Sqlite && !statements.is_empty() {
        let (mut script, mut values) = (String::new(), Vec::new());
        for statement in statements {
            script.push_str(&statement.sql);
            script.push(';');
            values.extend(statement.values.unwrap_or(Values(Vec::new())).0);
        }
        let script = Statement::from_sql_and_values(backend, script, values);
        return Ok(on.execute_raw(script).await?.rows_affected());
    }
    let mut rows = 0;
    for statement in statements {
        rows += on.execute_raw(statement).await?.rows_affected();
    }
    Ok(rows)
}

fn table(backend: DbBackend, columns: &[Column]) -> String {
    let each = |one: &dyn Fn(&str, ColumnType) -> String| {
        let columns = columns
            .iter()
            .map(|(name, column_type)| one(name, *column_type));
        columns.collect::<Vec<_>>().join(", ")
    };
    match backend {
        DbBackend::Postgres => {
            let columns = each(&|name, column_type| {
                let sql_type = match column_type {
                    ColumnType::ShortText | ColumnType::Text => "text",
                    ColumnType::Integer => "bigint",
                };
                format!("{name} {sql_type}")
            });
            format!("json_to_recordset($1::json) AS r({columns})")
        }
        DbBackend::Sqlite => {
            let columns = each(&|name, _| format!("json_extract(value, '$.{name}') AS {name}"));
            format!("(SELECT {columns} FROM jsonb_each(?)) AS r")
        }
        _ => {
            // Texts would be in the character set of the database, whatever that is.
            let columns = each(&|name, column_type| {
                let sql_type = match column_type {
                    ColumnType::ShortText => {
                        "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
                    }
                    ColumnType::Text => "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                    ColumnType::Integer => "bigint",
                };
                format!("{name} {sql_type} PATH '$.{name}'")
            });
            format!("json_table(?, '$[*]' COLUMNS ({columns})) AS r")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_any_length_have_few_lengths() {
        assert!(padded::<u8>([]).is_empty());
        assert_eq!(padded([1, 2, 3]), [1, 2, 3, 3]);
        assert_eq!(padded([1, 2]), [1, 2]);
        let lengths: std::collections::BTreeSet<usize> =
            (0..=1_000).map(|count| padded(0..count).len()).collect();
        assert_eq!(lengths.len(), 12);
    }
}
