//! Writes rows: one by one into a file, and to a server in one piece, through a temporary table of texts.

use super::columns::{COLUMNS, quoted};
use super::rows::Cell;
use super::table_of;
use crate::systems::briefs::storing::error::{StoringError, failed_to};
use crate::tables::{Dialect, Session, TextRows};

const STAGE: &str = "stage articles";
const WRITE: &str = "write articles";

/// The temporary table of rows on their way to a server.
const STAGED: &str = "audience_brief_staged";

/// Columns of the key, which come first.
const KEY: usize = 2;

/// Where temporary tables belong to sessions, which are the program's own, it is made before the transaction.
pub(super) fn prepare(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
) -> Result<(), StoringError> {
    if dialect.has_one_writer() || dialect.creates_in_transactions() {
        return Ok(());
    }
    make(dialect, session)
}

/// The reverse of [`prepare`], after the transaction.
pub(super) fn clear(dialect: &dyn Dialect, session: &mut dyn Session) -> Result<(), StoringError> {
    if dialect.has_one_writer() || dialect.creates_in_transactions() {
        return Ok(());
    }
    let drop = format!("DROP TEMPORARY TABLE {}", dialect.temporary(STAGED));
    session.run(&drop).map_err(failed_to(STAGE))
}

/// Adds rows, and replaces those with the same key, within a transaction.
pub(super) fn write(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    platform: &str,
    rows: Vec<Vec<Cell>>,
) -> Result<(), StoringError> {
    if rows.is_empty() {
        return Ok(());
    }
    match dialect.has_one_writer() {
        true => insert(dialect, session, platform, &rows),
        false => insert_staged(dialect, session, platform, rows),
    }
}

fn insert(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    platform: &str,
    rows: &[Vec<Cell>],
) -> Result<(), StoringError> {
    let places: Vec<String> = (1..=COLUMNS.len()).map(|no| format!("?{no}")).collect();
    let sql = insert_from(
        dialect,
        platform,
        &format!("VALUES ({})", places.join(", ")),
    );
    for row in rows {
        let values: Vec<_> = row.iter().map(Cell::value).collect();
        session.execute(&sql, &values).map_err(failed_to(WRITE))?;
    }
    Ok(())
}

/// Rows of several platforms come one after the other, so that the table is emptied between them.
fn insert_staged(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    platform: &str,
    rows: Vec<Vec<Cell>>,
) -> Result<(), StoringError> {
    let staged = dialect.temporary(STAGED);
    if dialect.creates_in_transactions() {
        make(dialect, session)?;
    }
    let texts = Texts(rows.into_iter().map(texts_of).collect());
    let inserted = session.insert(&staged, &staged_names().join(", "), &texts);
    inserted.map_err(failed_to(STAGE))?;
    let values = staged_names().into_iter().zip(COLUMNS);
    let values = values.map(|(name, (_, holds))| dialect.converted(&name, holds));
    let values = values.collect::<Vec<_>>().join(", ");
    let sql = insert_from(dialect, platform, &format!("SELECT {values} FROM {staged}"));
    session.execute(&sql, &[]).map_err(failed_to(WRITE))?;
    let empty = match dialect.creates_in_transactions() {
        true => format!("DROP TABLE {staged}"),
        false => format!("DELETE FROM {staged}"),
    };
    session.run(&empty).map_err(failed_to(STAGE))
}

fn insert_from(dialect: &dyn Dialect, platform: &str, rows: &str) -> String {
    let columns = quoted(dialect);
    let key = columns[..KEY].join(", ");
    format!(
        "INSERT INTO {} ({}) {rows} {}",
        dialect.quoted(&table_of(platform)),
        columns.join(", "),
        dialect.replaces(&key, &columns[KEY..])
    )
}

fn make(dialect: &dyn Dialect, session: &mut dyn Session) -> Result<(), StoringError> {
    let text = dialect.types().text;
    let columns: Vec<String> = staged_names()
        .iter()
        .map(|name| format!("{name} {text}"))
        .collect();
    let create = dialect.create_temporary(STAGED, &columns.join(", "));
    session.run(&create).map_err(failed_to(STAGE))
}

fn staged_names() -> Vec<String> {
    let places = 0..COLUMNS.len();
    places.map(|place| format!("c{place}")).collect()
}

fn texts_of(row: Vec<Cell>) -> Vec<Option<String>> {
    let texts = row.into_iter();
    texts.map(Cell::into_text).collect()
}

/// Rows of texts, where NULL is none.
struct Texts(Vec<Vec<Option<String>>>);

impl TextRows for Texts {
    fn rows(&self) -> usize {
        self.0.len()
    }

    fn columns(&self) -> usize {
        COLUMNS.len()
    }

    fn text(&self, row: usize, column: usize) -> &str {
        self.0[row][column].as_deref().unwrap_or_default()
    }

    fn maybe_text(&self, row: usize, column: usize) -> Option<&str> {
        self.0[row][column].as_deref()
    }
}
