//! The records of a table, from its header to its end.

use std::ops::ControlFlow;

use super::header::Header;
use super::keys::RowKeys;
use super::layout::Layout;
use super::problem::{Code, Problem, lacking};
use super::record::{Converted, Converter, Wanted};
use super::sink::{Row, Sink, Skipped};
use super::view::{Record, Used};
use super::watch::look;
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::mapping::Table;
use crate::systems::prediction::import::values::{Cell, Value};
use crate::systems::prediction::import::workbook::Budget;

/// Why an import ends before its end.
pub(super) enum Stop {
    /// The sink wants no more.
    Sink,
    Failed(ImportError),
}

/// What the records of a table become.
pub(super) struct Body<'b, S> {
    pub index: usize,
    pub table: &'b Table,
    pub header: &'b Header,
    pub layout: &'b Layout,
    pub meta: &'b [Value],
    /// The place among the outputs of a value of `meta` that every row needs, and that is missing.
    pub lacks: Option<usize>,
    pub keys: &'b mut RowKeys,
    pub used: &'b mut Used,
    pub sink: &'b mut S,
    pub budget: Budget,
    pub until_look: u32,
}

/// Records, or groups of their columns, between two looks at the clock.
pub(super) const RECORDS_PER_LOOK: u32 = 64;

impl<S: Sink> Body<'_, S> {
    /// Reads all records; the last that belongs to the table.
    pub fn read(&mut self, converter: &mut Converter<'_>) -> Result<u32, Stop> {
        let first = self.header.records.end;
        let (height, _) = converter.view.size();
        let mut converted = Converted::default();
        let mut values = Vec::new();
        let mut blanks = 0;
        let mut last = first.saturating_sub(1);
        for number in first..height {
            self.pass()?;
            let record = converter.view.record(number);
            if !record.has_own(self.header.fields.clone()) {
                if record.continues(self.header.fields.clone(), first) {
                    last = number;
                    continue;
                }
                blanks += 1;
                if blanks > self.table.blank_rows {
                    break;
                }
                continue;
            }
            blanks = 0;
            if self.ends(&record) {
                break;
            }
            last = number;
            converter.columns(&record, &self.layout.fields, &mut converted);
            if let Some(why) = converted.skipped.take() {
                self.mark_all(&record);
                self.skip(converter.view.name(number, self.header.fields.start), why)?;
                continue;
            }
            if self.layout.groups.is_empty() && self.table.unpivot.is_none() {
                self.finish(&mut converted)?;
                let place = (number, self.header.fields.start);
                if let Some(output) = converted.lacks {
                    self.leave_out(converter, place, output)?;
                } else {
                    values.clear();
                    values.append(&mut converted.values);
                    values.extend_from_slice(self.meta);
                    self.row(converter, &values, place)?;
                }
                continue;
            }
            self.groups(converter, &record, &mut converted, &mut values)?;
        }
        Ok(last)
    }

    /// Counts a record or a group.
    fn pass(&mut self) -> Result<(), Stop> {
        self.until_look -= 1;
        if self.until_look > 0 {
            return Ok(());
        }
        self.until_look = RECORDS_PER_LOOK;
        look(self.budget, &mut *self.sink)
    }

    /// Hands over the problems of a record, and the cells that were read for it.
    fn finish(&mut self, converted: &mut Converted) -> Result<(), Stop> {
        converted.mark(self.used);
        for problem in converted.problems.drain(..) {
            go_on(self.sink.problem(problem))?;
        }
        Ok(())
    }

    /// A row for each group of columns.
    fn groups(
        &mut self,
        converter: &mut Converter<'_>,
        record: &Record<'_>,
        converted: &mut Converted,
        values: &mut Vec<Value>,
    ) -> Result<(), Stop> {
        let Some(unpivot) = &self.table.unpivot else {
            return Ok(());
        };
        let lacks = converted.lacks;
        let columns = std::mem::take(&mut converted.values);
        let layout = self.layout;
        for group in &layout.groups {
            self.pass()?;
            values.clear();
            values.extend_from_slice(&columns);
            values.extend_from_slice(&group.levels);
            let first_value = values.len();
            converted.lacks = None;
            for ((name, conversion), field) in unpivot.values().zip(&group.fields) {
                let Some(field) = field else {
                    values.push(Value::Null);
                    continue;
                };
                let found = record.at(field.field);
                let wanted = Wanted {
                    name,
                    conversion,
                    field,
                    output: values.len(),
                    is_needed: conversion.required || self.table.key.contains(&values.len()),
                };
                let value = converter.value(record, &found, &wanted, converted);
                values.push(value);
            }
            // A record, and a column, that lacks what all of its rows need is listed once.
            if lacks.is_some() || group.is_left_out {
                continue;
            }
            if let Some(output) = converted.lacks {
                self.leave_out(converter, (record.number, group.first), output)?;
                continue;
            }
            let has_value = values[first_value..].iter().any(|value| !value.is_null());
            if !(has_value || unpivot.keeps_nulls) {
                continue;
            }
            values.extend_from_slice(self.meta);
            // Problems come before the row that they are of.
            self.finish(converted)?;
            self.row(converter, values, (record.number, group.first))?;
        }
        if let Some(output) = lacks {
            let place = (record.number, self.header.fields.start);
            self.leave_out(converter, place, output)?;
        }
        self.finish(converted)
    }

    /// Lists a row that lacks a value which it needs.
    fn leave_out(
        &mut self,
        converter: &Converter<'_>,
        (record, field): (u32, u32),
        output: usize,
    ) -> Result<(), Stop> {
        self.skip(
            converter.view.name(record, field),
            lacking(self.table, output),
        )
    }

    fn row(
        &mut self,
        converter: &Converter<'_>,
        values: &[Value],
        (record, field): (u32, u32),
    ) -> Result<(), Stop> {
        if let Some(output) = self.lacks {
            return self.leave_out(converter, (record, field), output);
        }
        let row = Row {
            table: self.index,
            values,
            sheet: &converter.view.grid.name,
            place: converter.view.turned((record, field)),
        };
        let key = self.table.key.iter().map(|index| &values[*index]);
        if !self.table.key.is_empty()
            && let Some(first) = self.keys.earlier(&self.table.into, key, row.place)
        {
            return self.duplicate(&row, &first);
        }
        go_on(self.sink.row(&row))
    }

    /// `first` names the row that stays.
    fn duplicate(&mut self, row: &Row<'_>, first: &str) -> Result<(), Stop> {
        let key: Vec<String> = self
            .table
            .key
            .iter()
            .map(|index| row.values[*index].to_string())
            .collect();
        let text = key.join(", ");
        let cell = row.cell();
        go_on(self.sink.problem(Problem {
            cell: cell.clone(),
            table: self.table.into.clone(),
            column: None,
            code: Code::DuplicateKey,
            text: super::problem::shortened(&text),
            message: format!("{first} has the same key; that one stays"),
        }))?;
        self.skip(cell, format!("{first} has the same key"))
    }

    fn skip(&mut self, cell: String, why: String) -> Result<(), Stop> {
        go_on(self.sink.skipped(Skipped { cell, why }))
    }

    /// All cells of a record that a rule passed over.
    fn mark_all(&mut self, record: &Record<'_>) {
        for field in self.header.fields.clone() {
            self.used.mark(record.at(field).index);
        }
    }

    /// Whether the first text of a record ends the table.
    fn ends(&mut self, record: &Record<'_>) -> bool {
        let Some(end) = &self.table.end else {
            return false;
        };
        let mut fields = self.header.fields.clone();
        let first = fields.find_map(|field| {
            let found = record.at(field);
            match found.cell {
                Cell::Text(text) if !found.cell.is_blank() => Some((found.index, text)),
                _ => None,
            }
        });
        let ends = first.filter(|(_, text)| end.finds(text));
        if let Some((index, _)) = ends {
            self.used.mark(index);
        }
        ends.is_some()
    }
}

pub(super) fn go_on(flow: ControlFlow<()>) -> Result<(), Stop> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Stop::Sink),
    }
}
