//! Loads posts from CSV into a new SQLite table: the bundled sample becomes a database.

use std::io::Read;
use std::path::Path;

use crate::tables::{self, LoadedTable, ReadError};

const COLUMNS: [&str; 7] = [
    "id",
    "s_id",
    "s_area_id",
    "author",
    "title",
    "content",
    "post_time",
];

/// Makes the table with an index on `post_time` and returns how many rows it holds. The
/// columns stand in the usual order; an empty author is NULL.
pub fn load_csv(csv: impl Read, path: &Path, table: &str) -> Result<u64, ReadError> {
    let table = LoadedTable {
        name: table,
        columns: &COLUMNS,
        indexed: "post_time",
        nullable: "author",
    };
    tables::load_csv(csv, path, &table)
}
