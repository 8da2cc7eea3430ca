//! An import from beginning to end: the sheets that a mapping chooses, and its tables in each.

use super::body::{Body, RECORDS_PER_LOOK, Stop, go_on};
use super::header::{Header, HeaderShape};
use super::keys::RowKeys;
use super::layout::Plan;
use super::problem::{Code, Problem, lacking, shortened};
use super::record::Converter;
use super::sink::{FoundTable, Row, Sink, Skipped};
use super::view::{Used, View};
use super::watch::Watch;
use super::{find, meta};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::mapping::{Mapping, SheetChoice, Start, Table};
use crate::systems::prediction::import::values::{Fault, fold};
use crate::systems::prediction::import::workbook::{CellFaultKind, Grid, Workbook, address};

/// Makes the rows of a workbook. Ends early, without an error, if the sink wants no more.
pub(crate) fn run<S: Sink>(
    workbook: &mut Workbook,
    mapping: &Mapping,
    sink: &mut S,
) -> Result<(), ImportError> {
    let mut keys = RowKeys::default();
    let sheets = chosen_sheets(workbook, mapping);
    if sheets.is_empty() {
        return stopped(report_no_sheet(workbook, mapping, sink));
    }
    for sheet in sheets {
        let grid = workbook.grid(sheet)?;
        keys.begin_sheet(&grid.name);
        let mut import = SheetImport {
            grid: &grid,
            mapping,
            used: Used::of(&grid),
            keys: &mut keys,
            budget: workbook.budget(),
            sink: &mut *sink,
        };
        let read = import.read();
        let used = import.used;
        match read.and_then(|()| go_on(sink.sheet_end(&grid, &used))) {
            Ok(()) => {}
            stop => return stopped(stop),
        }
    }
    Ok(())
}

fn stopped(stop: Result<(), Stop>) -> Result<(), ImportError> {
    match stop {
        Ok(()) | Err(Stop::Sink) => Ok(()),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// The places of the sheets that are read, in the order of the workbook. A text has one sheet, whatever
/// the mapping calls it.
pub(crate) fn chosen_sheets(workbook: &Workbook, mapping: &Mapping) -> Vec<usize> {
    let sheets = workbook.sheets.iter().enumerate();
    let mut sheets = sheets.filter(|(_, sheet)| mapping.includes_hidden || !sheet.is_hidden);
    if workbook.is_text() {
        return vec![0];
    }
    let place = |(index, _)| index;
    match &mapping.sheet {
        SheetChoice::First => sheets.next().map(place).into_iter().collect(),
        SheetChoice::Numbered(number) => sheets.nth(number - 1).map(place).into_iter().collect(),
        SheetChoice::Named(name) => {
            let wanted = fold(name);
            let found = sheets.find(|(_, sheet)| fold(&sheet.name).contains(&wanted));
            found.map(place).into_iter().collect()
        }
        SheetChoice::Matching { regex, each } => {
            let matching = sheets
                .filter(|(_, sheet)| regex.finds(&sheet.name))
                .map(place);
            matching.take(if *each { usize::MAX } else { 1 }).collect()
        }
    }
}

/// Every table is missing if its sheet is.
fn report_no_sheet<S: Sink>(
    workbook: &Workbook,
    mapping: &Mapping,
    sink: &mut S,
) -> Result<(), Stop> {
    let wanted = match &mapping.sheet {
        SheetChoice::Named(name) => name.clone(),
        SheetChoice::Matching { regex, .. } => regex.as_str().to_owned(),
        SheetChoice::Numbered(number) => number.to_string(),
        SheetChoice::First => String::new(),
    };
    let names: Vec<&str> = workbook
        .sheets
        .iter()
        .map(|sheet| sheet.name.as_str())
        .collect();
    for table in &mapping.tables {
        go_on(sink.problem(Problem {
            cell: wanted.clone(),
            table: table.into.clone(),
            column: None,
            code: Code::MissingTable,
            text: String::new(),
            message: format!(
                "the workbook has no such sheet `{wanted}`; its sheets are {}",
                names.join(", ")
            ),
        }))?;
    }
    Ok(())
}

struct SheetImport<'i, S> {
    grid: &'i Grid,
    mapping: &'i Mapping,
    used: Used,
    keys: &'i mut RowKeys,
    budget: crate::systems::prediction::import::workbook::Budget,
    sink: &'i mut S,
}

impl<S: Sink> SheetImport<'_, S> {
    fn read(&mut self) -> Result<(), Stop> {
        self.faults()?;
        for (index, table) in self.mapping.tables.iter().enumerate() {
            match &table.start {
                Some(start) => self.table(index, table, start)?,
                None => self.form(index, table)?,
            }
        }
        Ok(())
    }

    /// What is wrong with the file, whichever table it is for.
    fn faults(&mut self) -> Result<(), Stop> {
        let grid = self.grid;
        let table = self.mapping.tables.first();
        for fault in &grid.traits.faults {
            let (row, column) = (fault.row, fault.column);
            // What is not in the sheet has no text in it.
            let found = grid.at(row, column);
            let found = found.filter(|_| fault.kind != CellFaultKind::Unplaced);
            let text = found.map(|(_, cell)| shortened(&cell.shown()));
            go_on(self.sink.problem(Problem {
                cell: format!("{}!{}", grid.name, address(row, column)),
                table: table.map(|table| table.into.clone()).unwrap_or_default(),
                column: None,
                code: match fault.kind {
                    CellFaultKind::Undecodable => Code::Undecodable,
                    CellFaultKind::OpenQuote => Code::OpenQuote,
                    CellFaultKind::Unplaced => Code::Value(Fault::ErrorValue),
                },
                text: text.unwrap_or_default(),
                message: fault.message.clone(),
            }))?;
        }
        Ok(())
    }

    fn begin(&mut self, index: usize, table: &Table) -> Result<(), Stop> {
        go_on(self.sink.table(&FoundTable {
            table: index,
            into: &table.into,
            sheet: &self.grid.name,
        }))
    }

    fn problems(&mut self, problems: Vec<Problem>) -> Result<(), Stop> {
        for problem in problems {
            go_on(self.sink.problem(problem))?;
        }
        Ok(())
    }

    fn skip(&mut self, cell: String, why: String) -> Result<(), Stop> {
        go_on(self.sink.skipped(Skipped { cell, why }))
    }

    /// A sheet as one row.
    fn form(&mut self, index: usize, table: &Table) -> Result<(), Stop> {
        let view = View::new(self.grid, false);
        self.begin(index, table)?;
        let nulls = &self.mapping.null_words;
        let mut watch = Watch::new(self.budget, &mut *self.sink);
        let meta = meta::read(&view, table, nulls, &mut self.used, &mut watch)?;
        self.problems(meta.problems)?;
        let row = Row {
            table: index,
            values: &meta.values,
            sheet: &self.grid.name,
            place: (0, 0),
        };
        if let Some(output) = meta.lacks {
            self.skip(row.cell(), lacking(table, output))?;
        } else {
            let key = table.key.iter().map(|index| &meta.values[*index]);
            let first = match table.key.is_empty() {
                true => None,
                false => self.keys.earlier(&table.into, key, row.place),
            };
            if let Some(first) = first {
                go_on(self.sink.problem(Problem {
                    cell: row.cell(),
                    table: table.into.clone(),
                    column: None,
                    code: Code::DuplicateKey,
                    text: String::new(),
                    message: format!("{first} has the same key; that one stays"),
                }))?;
                self.skip(row.cell(), format!("{first} has the same key"))?;
            } else {
                go_on(self.sink.row(&row))?;
            }
        }
        let (height, width) = view.size();
        let last = (height.saturating_sub(1), width.saturating_sub(1));
        go_on(self.sink.table_end(&view.range((0, 0), last)))
    }

    fn table(&mut self, index: usize, table: &Table, start: &Start) -> Result<(), Stop> {
        let view = View::new(self.grid, table.transpose);
        let mut watch = Watch::new(self.budget, &mut *self.sink);
        let place = find::start(self.grid, table, start, &mut self.used, &mut watch)?;
        let Some(place) = place else {
            return go_on(self.sink.problem(missing_table(self.grid, table, start)));
        };
        self.begin(index, table)?;
        let place = view.turned(place);
        let merge = view.at(place.0, place.1).merge;
        let shape = HeaderShape {
            above: table.header_above,
            rows: table
                .header_rows
                .unwrap_or_else(|| HeaderShape::height_of(merge)),
            is_filled: table.header_fill,
        };
        let header = Header::read(&view, shape, place);
        let mut plan = Plan {
            view: &view,
            table,
            header: &header,
            nulls: &self.mapping.null_words,
            problems: Vec::new(),
            skipped: Vec::new(),
            is_read: vec![false; header.headings.len()],
        };
        let layout = plan.layout();
        let (problems, skipped, is_read) = (plan.problems, plan.skipped, plan.is_read);
        for heading in header
            .headings
            .iter()
            .zip(&is_read)
            .filter(|(_, is_read)| **is_read)
        {
            heading.0.mark(&mut self.used);
        }
        self.problems(problems)?;
        for skipped in skipped {
            go_on(self.sink.skipped(skipped))?;
        }
        let plain = View::new(self.grid, false);
        let nulls = &self.mapping.null_words;
        let mut watch = Watch::new(self.budget, &mut *self.sink);
        let meta = meta::read(&plain, table, nulls, &mut self.used, &mut watch)?;
        self.problems(meta.problems)?;
        let mut body = Body {
            index,
            table,
            header: &header,
            layout: &layout,
            meta: &meta.values,
            lacks: meta.lacks,
            keys: &mut *self.keys,
            used: &mut self.used,
            sink: &mut *self.sink,
            budget: self.budget,
            until_look: RECORDS_PER_LOOK,
        };
        let mut converter = Converter::new(&view, table, &self.mapping.null_words);
        let last = body.read(&mut converter)?;
        let first = (header.records.start, header.fields.start);
        let last = (
            last.max(header.records.end.saturating_sub(1)),
            header.fields.end.saturating_sub(1),
        );
        go_on(self.sink.table_end(&view.range(first, last)))
    }
}

fn missing_table(grid: &Grid, table: &Table, start: &Start) -> Problem {
    let wanted = start.text.as_str();
    let which = match start.nth {
        1 => String::new(),
        nth => format!(" {nth} times"),
    };
    let behind = match &table.after {
        Some(after) => format!(", behind a cell that matches `{}`", after.as_str()),
        None => String::new(),
    };
    Problem {
        cell: grid.name.clone(),
        table: table.into.clone(),
        column: None,
        code: Code::MissingTable,
        text: String::new(),
        message: format!("the sheet does not have the first heading `{wanted}`{which}{behind}"),
    }
}
