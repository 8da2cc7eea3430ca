//! Reads a workbook. Whatever a spreadsheet has made of a text, such as a number or a date, is a fault: nobody knows
//! any more what was written.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};

use super::{SHEET, guard};
use crate::systems::labelling::rules::document::{Draft, Places, shown};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::forms::table::{COLUMNS, TableReader};
use crate::systems::labelling::rules::set::Place;

/// Columns beyond these hold nothing that is read.
const COLUMNS_MAX: u32 = 100;

/// The draft of a workbook.
pub fn read(file: &str, bytes: &[u8], findings: &mut Findings) -> Draft {
    // A panic of the library fails one file.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut found = Findings::default();
        let draft = read_workbook(bytes, &mut found)?;
        Ok((draft, found))
    }));
    let problem = match read {
        Ok(Ok((draft, found))) => {
            findings.extend(found);
            return draft;
        }
        Ok(Err(problem)) => problem,
        Err(_) => "it is damaged".to_owned(),
    };
    let message = format!("failed to read the workbook: {problem}");
    let place = Place::Line {
        file: file.into(),
        line: 1,
        column: 0,
    };
    let finding = Finding::new(Code::E01, place, message);
    findings.push(finding.advise("expected an .xlsx file with one sheet"));
    Draft::default()
}

fn read_workbook(bytes: &[u8], findings: &mut Findings) -> Result<Draft, String> {
    let mut archive = guard::open(bytes)?;
    guard::check_texts(&mut archive)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let sheet = sheet(&workbook)?;
    check_merges(&mut workbook, &sheet, findings)?;
    let name: Arc<str> = sheet.as_str().into();
    let mut table = TableReader::new(Places::Cells(Arc::clone(&name)));
    let mut row = Row::default();
    let mut cells = workbook
        .worksheet_cells_reader(&sheet)
        .map_err(|error| error.to_string())?;
    while let Some(record) = cells
        .next_cell_with_formula_metadata()
        .map_err(|error| error.to_string())?
    {
        let (number, column) = record.pos;
        if number != row.number {
            row.hand_on(&mut table, findings);
            row.number = number;
        }
        let text = match (&record.value, record.formula.is_some()) {
            (DataRef::Empty, false) => continue,
            (DataRef::String(text), false) => Ok(text.as_str()),
            (DataRef::SharedString(text), false) => Ok(*text),
            (_, true) => Err("a formula"),
            (DataRef::Int(_) | DataRef::Float(_), _) => Err("a number"),
            (DataRef::Bool(_), _) => Err("a boolean"),
            (DataRef::Error(_), _) => Err("an error"),
            (DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_), _) => {
                Err("a date")
            }
        };
        match text {
            Ok("") => {}
            Ok(text) if column < COLUMNS_MAX => row.put(column, text),
            Ok(_) => findings.add(Code::E02, || {
                let place = cell(&name, number, column);
                Finding::new(Code::E02, place, "a cell far to the right of the table")
                    .advise("remove it")
            }),
            Err(found) => {
                findings.add(Code::E02, || {
                    let place = cell(&name, number, column);
                    Finding::new(Code::E02, place, format!("expected a text, found {found}"))
                        .advise("format the cell as text and write it again")
                });
                // It is no empty cell: what is missing is not said twice.
                row.is_faulty = true;
            }
        }
    }
    row.hand_on(&mut table, findings);
    Ok(table.finish(findings))
}

/// The cells of a row so far.
#[derive(Default)]
struct Row {
    number: u32,
    cells: Vec<String>,
    is_faulty: bool,
}

impl Row {
    fn put(&mut self, column: u32, text: &str) {
        let column = column as usize;
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        text.clone_into(&mut self.cells[column]);
    }

    /// Empties the row.
    fn hand_on(&mut self, table: &mut TableReader, findings: &mut Findings) {
        if !self.is_faulty {
            table.row(self.number.saturating_add(1), &self.cells, findings);
        }
        self.cells.clear();
        self.is_faulty = false;
    }
}

/// The only sheet, or the one that is called `rules`.
fn sheet(workbook: &Xlsx<Cursor<&[u8]>>) -> Result<String, String> {
    let sheets = workbook.sheets_metadata().iter();
    let sheets: Vec<&str> = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.as_str())
        .collect();
    match sheets[..] {
        _ if sheets.contains(&SHEET) => Ok(SHEET.to_owned()),
        [only] => Ok(only.to_owned()),
        [] => Err("it has no sheet".to_owned()),
        _ => {
            let names: Vec<String> = sheets.iter().take(5).map(|name| shown(name)).collect();
            let names = names.join(", ");
            Err(format!(
                "it has the sheets {names}; expected one called {SHEET}"
            ))
        }
    }
}

/// Only the first of cells that are merged has a text.
fn check_merges(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    findings: &mut Findings,
) -> Result<(), String> {
    let merges = workbook
        .merge_cells_by_sheet_name(sheet)
        .map_err(|error| error.to_string())?;
    let name: Arc<str> = sheet.into();
    for merge in merges {
        if merge.start.1 as usize >= COLUMNS.len() {
            continue;
        }
        findings.add(Code::E02, || {
            let place = cell(&name, merge.start.0, merge.start.1);
            Finding::new(Code::E02, place, "merged cells; expected a text in each")
                .advise("undo the merge and fill the cells")
        });
    }
    Ok(())
}

fn cell(sheet: &Arc<str>, row: u32, column: u32) -> Place {
    Place::Cell {
        sheet: Arc::clone(sheet),
        row: row.saturating_add(1),
        column: column.saturating_add(1),
    }
}
