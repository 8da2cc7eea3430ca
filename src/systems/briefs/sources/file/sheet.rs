//! Rows of the first sheet of a workbook that shows. Its first row names the columns; a merged cell stands in each cell
//! that it covers.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use calamine::{DataRef, Dimensions, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use serde_json::{Map, Value};
use zip::ZipArchive;

use super::{Rows, text};

/// Bytes of a workbook once it is unpacked.
const UNPACKED_MAX: u64 = 1 << 30;

/// Cells of a sheet, those that merged ones cover included.
const CELLS_MAX: usize = 20_000_000;

/// By row, then by column.
type Grid = BTreeMap<u32, BTreeMap<u32, Value>>;

pub(super) struct SheetRows {
    columns: BTreeMap<u32, String>,
    rows: std::collections::btree_map::IntoValues<u32, BTreeMap<u32, Value>>,
}

impl SheetRows {
    pub fn open(path: &Path) -> Result<Self, String> {
        Self::of_bytes(text::bytes(path)?)
    }

    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        check_size(&bytes)?;
        let unreadable = |error: XlsxError| format!("it is no workbook that can be read: {error}");
        let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
        let sheets = workbook.sheets_metadata().iter();
        let mut shown = sheets.filter(|sheet| {
            sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
        });
        let name = shown.next().map(|sheet| sheet.name.clone());
        let name = name.ok_or("it has no sheet that shows")?;
        let mut grid = Grid::new();
        let mut cells = 0;
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
        while let Some(cell) = reader.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            if let Some(value) = value_of(cell.get_value()) {
                cells += 1;
                if cells > CELLS_MAX {
                    return Err(format!("it has more than {CELLS_MAX} cells"));
                }
                grid.entry(row).or_default().insert(column, value);
            }
        }
        drop(reader);
        let merges = workbook.merge_cells_by_sheet_name(&name);
        let merges = merges.map_err(unreadable)?;
        fill(&mut grid, &merges, cells)?;
        let columns = grid.pop_first().map(|(_, names)| names).unwrap_or_default();
        let names = columns.into_iter();
        let names = names.filter_map(|(column, name)| {
            let name = name.as_str()?.trim();
            Some((column, name.to_owned()))
        });
        Ok(Self {
            columns: names.collect(),
            rows: grid.into_values(),
        })
    }
}

impl Rows for SheetRows {
    fn next(&mut self, most: usize) -> Result<Vec<Value>, String> {
        let columns = &self.columns;
        let rows = self.rows.by_ref().take(most).map(|mut cells| {
            let mut row = Map::new();
            for (column, name) in columns {
                if let Some(value) = cells.remove(column)
                    && !row.contains_key(name)
                {
                    row.insert(name.clone(), value);
                }
            }
            Value::Object(row)
        });
        Ok(rows.collect())
    }
}

/// Few bytes can be unpacked to very many.
fn check_size(bytes: &[u8]) -> Result<(), String> {
    let unreadable = |_| "it is no workbook that can be read".to_owned();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut unpacked = 0_u64;
    for no in 0..archive.len() {
        let member = archive.by_index_raw(no).map_err(unreadable)?;
        unpacked = unpacked.saturating_add(member.size());
    }
    match unpacked > UNPACKED_MAX {
        true => Err(format!(
            "it has more than {} MiB once it is unpacked",
            UNPACKED_MAX >> 20
        )),
        false => Ok(()),
    }
}

/// Puts what merged cells hold into the cells that they cover, of rows that there are.
fn fill(grid: &mut Grid, merges: &[Dimensions], cells: usize) -> Result<(), String> {
    let mut cells = cells;
    for merge in merges {
        let ((first_row, first_column), (last_row, last_column)) = (merge.start, merge.end);
        let first = grid.get(&first_row).and_then(|row| row.get(&first_column));
        let Some(value) = first.cloned() else {
            continue;
        };
        if first_row > last_row || first_column > last_column {
            continue;
        }
        for (_, row) in grid.range_mut(first_row..=last_row) {
            for column in first_column..=last_column {
                cells += 1;
                if cells > CELLS_MAX {
                    return Err(format!("it has more than {CELLS_MAX} cells"));
                }
                row.entry(column).or_insert_with(|| value.clone());
            }
        }
    }
    Ok(())
}

/// A cell as a text or a number; an empty one and an error are none.
fn value_of(cell: &DataRef<'_>) -> Option<Value> {
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    match cell {
        DataRef::Int(number) => Some((*number).into()),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            Some((*number as i64).into())
        }
        DataRef::Float(number) => Some((*number).into()),
        DataRef::String(found) => text(found),
        DataRef::SharedString(found) => text(found),
        DataRef::Bool(value) => Some((*value).into()),
        DataRef::DateTime(date) => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}").into())
        }
        DataRef::DateTimeIso(found) | DataRef::DurationIso(found) => text(found),
        DataRef::Error(_) | DataRef::Empty => None,
    }
}
