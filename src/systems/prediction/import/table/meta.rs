//! Values of a whole table, and forms: labels with their values beside or below them.

use super::body::Stop;
use super::find::{is_label, label, matching};
use super::problem::{Code, Problem, sentence, shortened};
use super::view::{Used, View};
use super::watch::Watch;
use crate::systems::prediction::import::mapping::{Meta, Place, Table};
use crate::systems::prediction::import::values::{Cell, Fault, NullWords, Unit, Value};

/// The values of a table's `meta`.
pub(super) struct MetaValues {
    pub values: Vec<Value>,
    pub problems: Vec<Problem>,
    /// The place among the outputs of one that every row needs, and that is missing.
    pub lacks: Option<usize>,
}

/// What stands at a place.
struct Looked<'g> {
    /// The name of its cell.
    cell: String,
    content: LookedUp<'g>,
    unit: Option<Unit>,
}

enum LookedUp<'g> {
    Cell(Cell<'g>),
    Text(String),
    /// There is no such place.
    Missing(String),
}

pub(super) fn read(
    view: &View<'_>,
    table: &Table,
    nulls: &NullWords,
    used: &mut Used,
    watch: &mut Watch<'_>,
) -> Result<MetaValues, Stop> {
    let mut read = MetaValues {
        values: Vec::new(),
        problems: Vec::new(),
        lacks: None,
    };
    let first = table.outputs().len() - table.meta.len();
    for (at, meta) in table.meta.iter().enumerate() {
        let looked = look(view, table, meta, used, watch)?;
        let cell = match &looked.content {
            LookedUp::Cell(cell) => *cell,
            LookedUp::Text(text) => Cell::Text(text),
            LookedUp::Missing(_) => Cell::Empty,
        };
        let converted = meta.conversion.convert(cell, looked.unit.as_ref(), nulls);
        let is_needed = meta.conversion.required || table.key.contains(&(first + at));
        let is_lacking = is_needed && converted.value.is_null();
        if is_lacking {
            read.lacks.get_or_insert(first + at);
        }
        let mut report = |code: Code, message: String| {
            read.problems.push(Problem {
                cell: looked.cell.clone(),
                table: table.into.clone(),
                column: Some(meta.name.clone()),
                code,
                text: shortened(&cell.shown()),
                message,
            });
        };
        let fault: Option<Fault> = converted.fault.or(converted.note);
        match (&looked.content, fault) {
            (LookedUp::Missing(message), _) => report(Code::MissingColumn, message.clone()),
            (_, Some(fault)) => report(
                Code::Value(fault),
                sentence(fault, &cell.shown(), &meta.conversion),
            ),
            (_, None) if is_lacking => {
                report(Code::Required, format!("{} has no value", meta.name))
            }
            (_, None) => {}
        }
        read.values.push(converted.value);
    }
    Ok(read)
}

fn look<'g>(
    view: &View<'g>,
    table: &Table,
    meta: &Meta,
    used: &mut Used,
    watch: &mut Watch<'_>,
) -> Result<Looked<'g>, Stop> {
    let grid = view.grid;
    let missing = |message: String| Looked {
        cell: grid.name.clone(),
        content: LookedUp::Missing(message),
        unit: None,
    };
    Ok(match &meta.place {
        Place::Find(pattern) => match matching(grid, pattern, watch)? {
            Some((index, (row, column), text)) => {
                used.mark(Some(index));
                Looked {
                    cell: view.name(row, column),
                    content: LookedUp::Text(text),
                    unit: None,
                }
            }
            None => missing(format!("no cell matches `{}`", pattern.as_str())),
        },
        Place::Sheet(pattern) => match pattern.found(&grid.name) {
            Some(text) => Looked {
                cell: grid.name.clone(),
                content: LookedUp::Text(text),
                unit: None,
            },
            None => missing(format!(
                "the name of the sheet does not match `{}`",
                pattern.as_str()
            )),
        },
        Place::Cell { row, column } => {
            let found = view.at(*row, *column);
            used.mark(found.index);
            Looked {
                cell: view.name(*row, *column),
                content: LookedUp::Cell(found.cell),
                unit: None,
            }
        }
        Place::RightOf(wanted) | Place::Below(wanted) => {
            let Some((index, place, ())) = label(grid, wanted, watch)? else {
                let wanted = wanted.as_str();
                return Ok(missing(format!("no cell has the label `{wanted}`")));
            };
            used.mark(Some(index));
            let is_right = matches!(meta.place, Place::RightOf(_));
            let (row, column) = beside(view, table, place, is_right);
            let found = view.at(row, column);
            used.mark(found.index);
            Looked {
                cell: view.name(row, column),
                content: LookedUp::Cell(found.cell),
                unit: Unit::of_heading(&grid.cell(index).shown()),
            }
        }
    })
}

/// The place of a label's value: the next cell, past the label's merge; to the right the first that is not
/// empty, but not another label.
fn beside(view: &View<'_>, table: &Table, (row, column): (u32, u32), is_right: bool) -> (u32, u32) {
    let merge = view.grid.merges.at(row, column);
    if !is_right {
        return (merge.map_or(row, |merge| merge.last_row) + 1, column);
    }
    let next = merge.map_or(column, |merge| merge.last_column) + 1;
    let last = view
        .grid
        .row_span(row)
        .next_back()
        .map_or(next, |index| view.grid.column(index));
    for column in next..=last.max(next) {
        let cell = view.at(row, column).cell;
        if cell.is_blank() {
            continue;
        }
        return (
            row,
            if names_another(table, &cell) {
                next
            } else {
                column
            },
        );
    }
    (row, next)
}

fn names_another(table: &Table, cell: &Cell<'_>) -> bool {
    let Cell::Text(text) = cell else {
        return false;
    };
    table.meta.iter().any(|meta| match &meta.place {
        Place::RightOf(wanted) | Place::Below(wanted) => is_label(text, wanted),
        _ => false,
    })
}
