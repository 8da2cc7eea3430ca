//! Runs one query of a slice and hands its rows on. The queries differ in what they are ordered
//! by; what they select, and in which order, is the same.

use std::borrow::Cow;

use rusqlite::{Connection, Params};

use crate::sqlite::quoted;

use super::cells::{text_of, time_of};
use crate::systems::labelling::posts::{ReadSpec, Row, TextColumn, slice::Slice};

/// Where the selected columns stand.
pub(super) const POST_TIME: usize = 0;
pub(super) const TIE: usize = 1;
pub(super) const ID: usize = 2;
const S_ID: usize = 3;
const AUTHOR: usize = 4;
/// Not selected when the author is the text that is matched.
const TEXT: usize = 5;

/// The list of columns that `scan` expects (without a tie-breaker, all but that one), each
/// belonging to `source`: a name that stands alone in quotes would be taken for a string if there
/// were no such column.
pub(super) fn selected(spec: &ReadSpec, tie: Option<&str>) -> String {
    let columns = &spec.columns;
    let mut names = vec![&*columns.post_time];
    names.extend(tie);
    names.extend([&*columns.id, &columns.s_id, &columns.author]);
    if spec.text != TextColumn::Author {
        names.push(columns.text(spec.text));
    }
    names
        .iter()
        .map(|name| format!("source.{}", quoted(name)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Feeds the rows of a query to the slice until either ends; `mark` sees each row that was scanned,
/// and whether it filled the slice.
pub(super) fn scan(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    text: TextColumn,
    slice: &mut Slice<'_>,
    mut mark: impl FnMut(&rusqlite::Row<'_>, bool) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // Dropped on return, which resets it: SQLite then frees the cells and ends its transaction.
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    while !slice.is_full()
        && let Some(row) = rows.next()?
    {
        if let Some(post_time) = slice.admit(time_of(row.get_ref(POST_TIME)?)) {
            keep(connection, row, post_time, text, slice)?;
        }
        mark(row, slice.is_full())?;
    }
    Ok(())
}

/// Hands a row to the slice unless something in it is NULL.
fn keep(
    connection: &Connection,
    row: &rusqlite::Row<'_>,
    post_time: &str,
    text: TextColumn,
    slice: &mut Slice<'_>,
) -> rusqlite::Result<()> {
    let Some(author) = text_of(connection, row.get_ref(AUTHOR)?)? else {
        return Ok(());
    };
    let text = match text {
        TextColumn::Author => Some(Cow::Borrowed(&*author)),
        TextColumn::Content | TextColumn::Title | TextColumn::SAreaId => {
            text_of(connection, row.get_ref(TEXT)?)?
        }
    };
    let id = text_of(connection, row.get_ref(ID)?)?;
    let s_id = text_of(connection, row.get_ref(S_ID)?)?;
    if let (Some(id), Some(s_id), Some(text)) = (id, s_id, text) {
        slice.keep(Row {
            id: &id,
            s_id: &s_id,
            author: &author,
            text: &text,
            post_time,
        });
    }
    Ok(())
}
