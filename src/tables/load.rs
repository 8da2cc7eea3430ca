//! Loads a CSV file into a new table of a SQLite file.

use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, params_from_iter};

use super::names::in_double_quotes;
use super::read::ReadError;

/// The table that is made; its columns stand in the order of the file.
pub(crate) struct LoadedTable<'a> {
    pub(crate) name: &'a str,
    pub(crate) columns: &'a [&'a str],
    /// The column with an index.
    pub(crate) indexed: &'a str,
    /// The column in which an empty text is NULL.
    pub(crate) nullable: &'a str,
}

/// Makes the table and returns how many rows it holds.
pub(crate) fn load_csv(
    csv: impl Read,
    path: &Path,
    table: &LoadedTable<'_>,
) -> Result<u64, ReadError> {
    let failed = |attempt| {
        move |cause: rusqlite::Error| ReadError::Database {
            attempt,
            table: table.name.to_owned(),
            cause: cause.into(),
        }
    };
    let mut connection = Connection::open(path).map_err(failed("create"))?;
    connection
        .execute_batch(&create(table))
        .map_err(failed("create"))?;
    let transaction = connection.transaction().map_err(failed("fill"))?;
    let mut rows = 0;
    {
        let mut insert = transaction
            .prepare(&insert(table))
            .map_err(failed("fill"))?;
        for record in csv::Reader::from_reader(csv).records() {
            let record = record.map_err(|cause| ReadError::Record {
                table: table.name.to_owned(),
                path: path.to_owned(),
                line: rows + 2,
                cause,
            })?;
            insert
                .execute(params_from_iter(record.iter()))
                .map_err(failed("fill"))?;
            rows += 1;
        }
    }
    transaction.commit().map_err(failed("fill"))?;
    Ok(rows)
}

fn create(table: &LoadedTable<'_>) -> String {
    let columns = table.columns.iter().map(|column| format!("{column} TEXT"));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let index = in_double_quotes(&format!("{}_{}", table.name, table.indexed));
    let (name, indexed) = (in_double_quotes(table.name), table.indexed);
    format!("CREATE TABLE {name} ({columns}); CREATE INDEX {index} ON {name} ({indexed});")
}

fn insert(table: &LoadedTable<'_>) -> String {
    let values = (1..).zip(table.columns).map(|(no, column)| {
        if *column == table.nullable {
            format!("nullif(?{no}, '')")
        } else {
            format!("?{no}")
        }
    });
    let values = values.collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO {} VALUES ({values})",
        in_double_quotes(table.name)
    )
}
