//! Who has made a table of an output: this program, the original one, or somebody else.

use super::error::failed_to;
use super::statements::{GROUP_COLUMNS, STATE_COLUMNS};
use super::{Result, SinkError, schema};
use crate::tables::{Dialect, Session, Value};

/// What a table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    State,
    /// Staged or published rows of a group.
    Group,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Missing,
    Ours,
    Original,
    Other { columns: Vec<String> },
}

pub(super) fn of(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    table: &str,
    shape: Shape,
) -> Result<Origin> {
    let columns = columns(dialect, session, table)?;
    Ok(match shape {
        _ if columns.is_empty() => Origin::Missing,
        Shape::Group if has_group_columns(&columns) => Origin::Ours,
        Shape::State if has_state_columns(&columns) => {
            match is_same(&columns, STATE_COLUMNS) && !has_our_key(dialect, session, table)? {
                true => Origin::Original,
                false => Origin::Ours,
            }
        }
        shape if is_without_last(&columns, shape) => Origin::Original,
        _ => Origin::Other { columns },
    })
}

/// The error that says why a table which is there with these columns cannot be used.
pub(super) fn refused(table: &str, columns: &[String], shape: Shape) -> SinkError {
    let table = table.to_owned();
    if is_without_last(columns, shape) {
        return SinkError::OfOriginal { table };
    }
    let expected = expected(shape).to_owned();
    SinkError::OtherColumns { table, expected }
}

/// A `state` of version 2.2 of the original has our columns, too.
pub(super) fn refuse_state(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    table: &str,
    columns: &[String],
) -> Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    if !has_state_columns(columns) {
        return Err(refused(table, columns, Shape::State));
    }
    match of(dialect, session, table, Shape::State)? {
        Origin::Original => Err(SinkError::OfOriginal {
            table: table.to_owned(),
        }),
        _ => Ok(()),
    }
}

pub(super) fn has_group_columns(columns: &[String]) -> bool {
    columns.join(", ") == GROUP_COLUMNS
}

/// Perhaps besides others.
fn has_state_columns(columns: &[String]) -> bool {
    STATE_COLUMNS
        .split(", ")
        .all(|wanted| columns.iter().any(|name| name.eq_ignore_ascii_case(wanted)))
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::State => STATE_COLUMNS,
        Shape::Group => GROUP_COLUMNS,
    }
}

/// Whether these are all of our columns but the last, which the original does not have.
fn is_without_last(columns: &[String], shape: Shape) -> bool {
    let all_but_last = expected(shape).rsplit_once(", ").map(|(most, _)| most);
    all_but_last.is_some_and(|most| is_same(columns, most))
}

fn is_same(columns: &[String], wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split(", ").collect();
    let is_there = |wanted: &&str| columns.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    columns.len() == wanted.len() && wanted.iter().all(is_there)
}

/// The original's `task_id` is `varchar(32)` and no key.
fn has_our_key(dialect: &dyn Dialect, session: &mut dyn Session, table: &str) -> Result<bool> {
    let values = [Value::Text(table), Value::Text("task_id")];
    let mut is_ours = false;
    session
        .read(dialect.describe_column(), &values, &mut |row| {
            let is_short = row.text(0)?.unwrap_or_default().contains("(32)");
            is_ours = row.integer(1)? == Some(1) && !is_short;
            Ok(true)
        })
        .map_err(failed_to("look for tables of the original program"))?;
    Ok(is_ours)
}

pub(super) fn columns(
    dialect: &dyn Dialect,
    session: &mut dyn Session,
    table: &str,
) -> Result<Vec<String>> {
    let columns = schema::columns(dialect, session, &[table]);
    let columns = columns.map_err(failed_to("read the columns of a table"))?;
    Ok(columns.into_iter().flatten().collect())
}
