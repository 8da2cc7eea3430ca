//! One record of a table: its values, what is wrong with them, and whether it is left out.

use std::collections::HashSet;

use super::layout::Field;
use super::problem::{Code, Problem, sentence, shortened};
use super::view::{Found, Record, Used, View};
use crate::systems::prediction::import::mapping::{SkipRows, Table};
use crate::systems::prediction::import::values::{Cell, Conversion, NullWords, Value, clean};

/// Converts the cells of a table.
pub(super) struct Converter<'c> {
    pub view: &'c View<'c>,
    pub table: &'c Table,
    pub nulls: &'c NullWords,
    /// The last value of each column that is filled down.
    filled: Vec<Value>,
    /// Merged cells that were reported where they were not whole.
    reported: HashSet<(u32, u32)>,
}

/// The values of `columns` in a record.
#[derive(Default)]
pub(super) struct Converted {
    pub values: Vec<Value>,
    pub problems: Vec<Problem>,
    /// Indices of the cells that were read.
    pub cells: Vec<usize>,
    /// The place among the outputs of a value that its rows need, and that is missing.
    pub lacks: Option<usize>,
    pub skipped: Option<String>,
}

/// Marks for the value above, besides an empty cell.
const DITTO: [&str; 2] = ["〃", "同上"];

/// A cell that is to be converted, and for what.
pub(super) struct Wanted<'w> {
    pub name: &'w str,
    pub conversion: &'w Conversion,
    pub field: &'w Field,
    /// The place of its values among the outputs of the table.
    pub output: usize,
    /// Whether its rows need it.
    pub is_needed: bool,
}

impl<'c> Converter<'c> {
    pub fn new(view: &'c View<'c>, table: &'c Table, nulls: &'c NullWords) -> Self {
        Self {
            view,
            table,
            nulls,
            filled: vec![Value::Null; table.columns.len()],
            reported: HashSet::new(),
        }
    }

    /// Converts the columns of a record.
    pub fn columns(
        &mut self,
        record: &Record<'_>,
        fields: &[Option<Field>],
        converted: &mut Converted,
    ) {
        converted.values.clear();
        converted.problems.clear();
        converted.cells.clear();
        converted.lacks = None;
        converted.skipped = None;
        let table = self.table;
        for (index, (column, field)) in table.columns.iter().zip(fields).enumerate() {
            let is_needed = column.conversion.required || table.key.contains(&index);
            let Some(field) = field else {
                // The heading that is missing was reported.
                if is_needed {
                    converted.lacks.get_or_insert(index);
                }
                converted.values.push(Value::Null);
                continue;
            };
            let found = record.at(field.field);
            let is_filled = table.fill_down.contains(&index) && is_ditto(&found.cell);
            if is_filled && !self.filled[index].is_null() {
                converted.cells.extend(found.index);
                converted.values.push(self.filled[index].clone());
                continue;
            }
            let found = if is_filled { empty(found) } else { found };
            let wanted = Wanted {
                name: &column.name,
                conversion: &column.conversion,
                field,
                output: index,
                is_needed,
            };
            let value = self.value(record, &found, &wanted, converted);
            converted.values.push(value);
        }
        converted.skipped = self.skip(record, fields, &converted.values);
        if converted.skipped.is_none() {
            for index in &table.fill_down {
                self.filled[*index].clone_from(&converted.values[*index]);
            }
        }
    }

    /// Converts one cell; what is wrong with it is added to the record's problems.
    pub fn value(
        &mut self,
        record: &Record<'_>,
        found: &Found<'_>,
        wanted: &Wanted<'_>,
        into: &mut Converted,
    ) -> Value {
        let field = wanted.field.field;
        into.cells.extend(found.index);
        let is_first = found.is_first(record.number, field);
        let is_number = wanted.conversion.kind.is_number();
        let cell = if is_number && !is_first {
            Cell::Empty
        } else {
            found.cell
        };
        let converted = wanted
            .conversion
            .convert(cell, wanted.field.unit.as_ref(), self.nulls);
        let origin = found.origin(record.number, field);
        let is_merged =
            is_number && found.merge.is_some() && is_first && !converted.value.is_null();
        let mut codes = [None; 2];
        codes[0] = converted.fault.or(converted.note).map(Code::Value);
        codes[1] = is_merged.then_some(Code::MergedNumber);
        if converted.value.is_null() && wanted.is_needed {
            into.lacks.get_or_insert(wanted.output);
            if codes[0].is_none() {
                let place = (record.number, field);
                into.problems
                    .push(self.problem(Code::Required, place, found, wanted));
            }
        }
        for code in codes.into_iter().flatten() {
            // A merge is reported once, at its first cell.
            if is_first && found.merge.is_none()
                || self.reported.insert(origin)
                || code == Code::MergedNumber
            {
                into.problems
                    .push(self.problem(code, origin, found, wanted));
            }
        }
        converted.value
    }

    fn problem(
        &self,
        code: Code,
        (record, field): (u32, u32),
        found: &Found<'_>,
        wanted: &Wanted<'_>,
    ) -> Problem {
        let text = found.cell.shown();
        let name = wanted.name;
        let message = match code {
            Code::Value(fault) => sentence(fault, &text, wanted.conversion),
            Code::MergedNumber => format!(
                "`{}` stands in merged cells; it counts once, in the first of them",
                shortened(&text)
            ),
            _ => format!("the column {name} has no value here, and every row needs one"),
        };
        Problem {
            cell: self.view.name(record, field),
            table: self.table.into.clone(),
            column: Some(name.to_owned()),
            code,
            text: shortened(&text),
            message,
        }
    }

    /// Why the record is passed over; `None` if it is not.
    fn skip(
        &self,
        record: &Record<'_>,
        fields: &[Option<Field>],
        values: &[Value],
    ) -> Option<String> {
        let matches = |index: usize| match (&values[index], &fields[index]) {
            (Value::Text(text), _) => Some(text.clone()),
            (_, Some(field)) => Some(clean(&record.at(field.field).cell.shown()).into_owned()),
            _ => None,
        };
        match self.table.skip_rows.as_ref()? {
            SkipRows::Any(pattern) => {
                let texts = values.iter().filter_map(|value| match value {
                    Value::Text(text) => Some(text),
                    _ => None,
                });
                let found = texts.into_iter().find(|text| pattern.finds(text))?;
                Some(format!(
                    "`{}` matches skip_rows `{}`",
                    shortened(found),
                    pattern.as_str()
                ))
            }
            SkipRows::Columns(patterns) => patterns.iter().find_map(|(index, pattern)| {
                let text = matches(*index).filter(|text| pattern.finds(text))?;
                Some(format!(
                    "`{}` matches skip_rows `{}`",
                    shortened(&text),
                    pattern.as_str()
                ))
            }),
        }
    }
}

impl Converted {
    pub fn mark(&self, used: &mut Used) {
        for index in &self.cells {
            used.mark(Some(*index));
        }
    }
}

fn is_ditto(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Text(text) => cell.is_blank() || DITTO.contains(&clean(text).as_ref()),
        cell => cell.is_blank(),
    }
}

/// A mark with nothing above it stands for nothing.
fn empty(found: Found<'_>) -> Found<'_> {
    Found {
        cell: Cell::Empty,
        ..found
    }
}
