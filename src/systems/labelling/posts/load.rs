//! Loads posts from CSV into a new SQLite table: the bundled sample becomes a database.

use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, params_from_iter};

use super::SourceError;
use crate::sqlite::quoted;

const COLUMNS: [&str; 7] = [
    "id",
    "s_id",
    "s_area_id",
    "author",
    "title",
    "content",
    "post_time",
];

/// Makes the table with an index on `post_time` and answers how many rows it holds. The
/// columns stand in the usual order; an empty author is NULL.
pub fn load_csv(csv: impl Read, path: &Path, table: &str) -> Result<u64, SourceError> {
    let failed = |attempt| {
        move |cause| SourceError::Database {
            attempt,
            table: table.to_owned(),
            cause,
        }
    };
    let mut connection = Connection::open(path).map_err(failed("create"))?;
    let (name, index) = (quoted(table), quoted(&format!("{table}_post_time")));
    let columns = COLUMNS.map(|column| format!("{column} TEXT")).join(", ");
    let sql = format!(
        "CREATE TABLE {name} ({columns});
         CREATE INDEX {index} ON {name} (post_time);"
    );
    connection.execute_batch(&sql).map_err(failed("create"))?;
    let transaction = connection.transaction().map_err(failed("fill"))?;
    let mut rows = 0;
    {
        let insert = format!("INSERT INTO {name} VALUES (?1, ?2, ?3, nullif(?4, ''), ?5, ?6, ?7)");
        let mut insert = transaction.prepare(&insert).map_err(failed("fill"))?;
        for record in csv::Reader::from_reader(csv).records() {
            let record = record.map_err(|cause| SourceError::Record {
                table: table.to_owned(),
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
