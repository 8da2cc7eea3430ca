//! Reads xls (BIFF8), sheet by sheet, from the records of its stream.
//!
//! The library that reads xlsx reads these, too, but puts each sheet into a rectangle up to its last cell
//! first, and makes as much room as the file says that it needs: two cells can take all memory.

use std::collections::HashMap;
use std::sync::Arc;

use super::biff::{Pieces, Record, Shows, double_at, error_code, packed_number, records};
use super::budget::Budget;
use super::cfb::{Container, u16_at, u32_at};
use super::grid::{Grid, GridBuilder};
use super::merges::{Merge, Merges};
use super::open::Sheet;
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::values::Cell;

const FORMAT: &str = "xls";

/// The version of BIFF that Excel 97 and later write.
const BIFF8: u16 = 0x0600;

const BEGIN: u16 = 0x0809;
const END: u16 = 0x000A;

pub(super) struct Xls {
    stream: Vec<u8>,
    /// Where each sheet begins, and its name.
    sheets: Vec<(usize, String)>,
    texts: Vec<String>,
    formats: Vec<Shows>,
    is_1904: bool,
}

impl Xls {
    pub fn open(bytes: &Arc<[u8]>, budget: Budget) -> Result<(Self, Vec<Sheet>), ImportError> {
        let container =
            Container::open(bytes).ok_or_else(|| damaged("its tables cannot be read"))?;
        if container.has("EncryptedPackage") {
            return Err(ImportError::Password);
        }
        let stream = container
            .stream("Workbook")
            .or_else(|| container.stream("Book"));
        let Some(stream) = stream else {
            let found = "the file is a document of Microsoft Office, but not a workbook";
            return Err(ImportError::UnknownFormat { found });
        };
        let mut reader = Self {
            stream: Vec::new(),
            sheets: Vec::new(),
            texts: Vec::new(),
            formats: Vec::new(),
            is_1904: false,
        };
        let sheets = reader.globals(&stream)?;
        if sheets.is_empty() {
            return Err(damaged("it lists no sheets, as if its end were cut off"));
        }
        reader.stream = stream;
        budget.check_time()?;
        Ok((reader, sheets))
    }

    /// What holds for all sheets.
    fn globals(&mut self, stream: &[u8]) -> Result<Vec<Sheet>, ImportError> {
        let mut sheets = Vec::new();
        let mut custom = HashMap::new();
        let mut used = Vec::new();
        for record in records(stream, 0) {
            let data = record.data;
            match record.kind {
                BEGIN if u16_at(data, 0) != Some(BIFF8) => {
                    let problem = "it was made by a version of Excel before 97; save it as xlsx";
                    return Err(ImportError::NotReadable {
                        format: FORMAT,
                        problem,
                    });
                }
                0x002F if u16_at(data, 0).is_some_and(|kind| kind != 0) || data.len() > 2 => {
                    return Err(ImportError::Password);
                }
                0x0022 => self.is_1904 = u16_at(data, 0) == Some(1),
                0x041E => {
                    let length = u16_at(data, 2).unwrap_or(0);
                    let format = Pieces::of(&record, 4).text(length).unwrap_or_default();
                    custom.insert(u16_at(data, 0).unwrap_or(0), Shows::of_text(&format));
                }
                0x00E0 => used.push(u16_at(data, 2).unwrap_or(0)),
                0x0085 => {
                    if let Some((start, name, is_hidden)) = bound_sheet(&record) {
                        self.sheets.push((start, name.clone()));
                        sheets.push(Sheet { name, is_hidden });
                    }
                }
                0x00FC => {
                    let mut pieces = Pieces::of(&record, 8);
                    while let Some(text) = pieces.u16().and_then(|length| pieces.text(length)) {
                        self.texts.push(text);
                    }
                }
                END => break,
                _ => {}
            }
        }
        let shows = |format: u16| {
            custom
                .get(&format)
                .copied()
                .unwrap_or(Shows::of_number(format))
        };
        self.formats = used.into_iter().map(shows).collect();
        Ok(sheets)
    }

    pub fn grid(&self, index: usize, budget: Budget) -> Result<Grid, ImportError> {
        let Some((start, name)) = self.sheets.get(index) else {
            return Ok(Grid::default());
        };
        let mut sheet = SheetReader {
            workbook: self,
            builder: GridBuilder::new(name, self.is_1904, budget),
            merges: Vec::new(),
            objects: Vec::new(),
            formula: None,
        };
        let mut depth = 0_u32;
        let mut is_whole = false;
        for record in records(&self.stream, *start) {
            match record.kind {
                BEGIN => depth += 1,
                END if depth <= 1 => {
                    is_whole = true;
                    break;
                }
                END => depth -= 1,
                // Charts in the sheet have records of the same kinds.
                _ if depth > 1 => {}
                _ => sheet.record(&record)?,
            }
        }
        if !is_whole {
            return Err(damaged("a sheet ends too early"));
        }
        sheet.builder.objects(sheet.objects);
        Ok(sheet.builder.finish(Merges::new(sheet.merges)))
    }
}

/// Where a sheet begins, its name, and whether it is hidden; `None` of charts and macros.
fn bound_sheet(record: &Record<'_>) -> Option<(usize, String, bool)> {
    let data = record.data;
    let start = u32_at(data, 0)? as usize;
    let (state, kind) = (*data.get(4)?, *data.get(5)?);
    let length = *data.get(6)?;
    let name = Pieces::of(record, 7).text(length.into())?;
    (kind == 0).then_some((start, name, state & 3 != 0))
}

struct SheetReader<'w> {
    workbook: &'w Xls,
    builder: GridBuilder,
    merges: Vec<Merge>,
    objects: Vec<(&'static str, u32)>,
    /// The place of a formula whose text comes next.
    formula: Option<(u32, u32)>,
}

impl SheetReader<'_> {
    fn record(&mut self, record: &Record<'_>) -> Result<(), ImportError> {
        let data = record.data;
        match record.kind {
            0x00E5 => {
                self.merge(data);
                return Ok(());
            }
            0x005D => {
                self.object(data);
                return Ok(());
            }
            0x0207 => return self.formula_text(record),
            0x00FD | 0x0204 | 0x00D6 | 0x0203 | 0x027E | 0x00BD | 0x0205 | 0x0006 => {}
            _ => return Ok(()),
        }
        let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) else {
            return Ok(());
        };
        let (row, column) = (u32::from(row), u32::from(column));
        match record.kind {
            0x00FD => {
                let index = u32_at(data, 6).unwrap_or(u32::MAX) as usize;
                let Some(text) = self.workbook.texts.get(index) else {
                    return Ok(());
                };
                self.builder.push_shared(row, column, text)
            }
            0x0204 | 0x00D6 => {
                let length = u16_at(data, 6).unwrap_or(0);
                let text = Pieces::of(record, 8).text(length).unwrap_or_default();
                self.builder.push(row, column, Cell::Text(&text))
            }
            0x0203 => self.number(row, column, u16_at(data, 4), double_at(data, 6)),
            0x027E => self.number(
                row,
                column,
                u16_at(data, 4),
                u32_at(data, 6).map(packed_number),
            ),
            0x00BD => {
                let packed = data
                    .get(4..data.len().saturating_sub(2))
                    .unwrap_or_default();
                for (column, one) in (column..).zip(packed.chunks_exact(6)) {
                    self.number(
                        row,
                        column,
                        u16_at(one, 0),
                        u32_at(one, 2).map(packed_number),
                    )?;
                }
                Ok(())
            }
            0x0205 => {
                let (value, is_error) = (data.get(6).copied(), data.get(7).copied());
                self.truth(row, column, value.unwrap_or(0), is_error == Some(1))
            }
            _ => self.formula(row, column, data),
        }
    }

    fn number(
        &mut self,
        row: u32,
        column: u32,
        format: Option<u16>,
        number: Option<f64>,
    ) -> Result<(), ImportError> {
        let Some(number) = number else {
            return Ok(());
        };
        let format = format.and_then(|format| self.workbook.formats.get(usize::from(format)));
        let cell = match format {
            Some(Shows::Date) => Cell::Date {
                serial: number,
                is_1904: self.workbook.is_1904,
            },
            Some(Shows::Duration) => Cell::Duration(number),
            _ => Cell::Number(number),
        };
        self.builder.push(row, column, cell)
    }

    fn truth(
        &mut self,
        row: u32,
        column: u32,
        value: u8,
        is_error: bool,
    ) -> Result<(), ImportError> {
        let cell = if is_error {
            Cell::Error(error_code(value))
        } else {
            Cell::Boolean(value != 0)
        };
        self.builder.push(row, column, cell)
    }

    /// The stored value of a formula.
    fn formula(&mut self, row: u32, column: u32, data: &[u8]) -> Result<(), ImportError> {
        let Some(value) = data.get(6..14) else {
            return Ok(());
        };
        self.formula = None;
        let before = self.builder.len();
        match (value[6..8] == [0xFF, 0xFF], value[0]) {
            (false, _) => self.number(row, column, u16_at(data, 4), double_at(data, 6))?,
            (true, 0) => self.formula = Some((row, column)),
            (true, 1) => self.truth(row, column, value[2], false)?,
            (true, 2) => self.truth(row, column, value[2], true)?,
            (true, _) => {}
        }
        if self.builder.len() > before {
            self.builder.note_formula();
        }
        Ok(())
    }

    fn formula_text(&mut self, record: &Record<'_>) -> Result<(), ImportError> {
        let Some((row, column)) = self.formula.take() else {
            return Ok(());
        };
        let length = u16_at(record.data, 0).unwrap_or(0);
        let text = Pieces::of(record, 2).text(length).unwrap_or_default();
        let before = self.builder.len();
        self.builder.push(row, column, Cell::Text(&text))?;
        if self.builder.len() > before {
            self.builder.note_formula();
        }
        Ok(())
    }

    fn merge(&mut self, data: &[u8]) {
        let areas = data.get(2..).unwrap_or_default().chunks_exact(8);
        self.merges.extend(areas.filter_map(|area| {
            let at = |index| u16_at(area, index).map(u32::from);
            Some(Merge {
                first_row: at(0)?,
                last_row: at(2)?,
                first_column: at(4)?,
                last_column: at(6)?,
            })
        }));
    }

    /// Notes and the arrows of filters are not objects for lint.
    fn object(&mut self, data: &[u8]) {
        let kind = match u16_at(data, 4) {
            Some(0x05) => "chart",
            Some(0x06) => "text box",
            Some(0x08) => "picture",
            Some(0x01..=0x04 | 0x1E) => "shape",
            _ => return,
        };
        match self
            .objects
            .iter_mut()
            .find(|(counted, _)| *counted == kind)
        {
            Some((_, count)) => *count += 1,
            None => self.objects.push((kind, 1)),
        }
    }
}

fn damaged(problem: &str) -> ImportError {
    ImportError::Damaged {
        format: FORMAT,
        problem: problem.to_owned(),
    }
}
