//! Reads xlsx: cells with `calamine`, as a stream; merges and objects of a sheet beside it.

use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read};
use std::sync::Arc;

use calamine::{CellErrorType, DataRef, Reader as _, SheetType, SheetVisible, XlsxError};
use quick_xml::events::Event;

use super::address::{address, parse_address};
use super::budget::Budget;
use super::grid::{CellFault, CellFaultKind, Grid, GridBuilder};
use super::merges::{COLUMNS_MAX, Merge, Merges, ROWS_MAX};
use super::open::Sheet;
use super::package::{self, Archive, attribute, elements, part, part_name};
use super::xlsx_cells::{BAD_MAX, BadCell, bad_cells, is_of_cell};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::values::Cell;

const FORMAT: &str = "xlsx";

/// Between two looks at the clock: empty ones are many.
const CELLS_PER_LOOK: u64 = 65_536;

/// Bytes of the least entry of the table of texts.
const TEXT_MIN: u64 = 5;

pub(super) struct Xlsx {
    workbook: calamine::Xlsx<Cursor<Arc<[u8]>>>,
    archive: Archive,
    /// Where each sheet is in the archive.
    parts: HashMap<String, String>,
}

impl Xlsx {
    pub fn open(bytes: &Arc<[u8]>, budget: Budget) -> Result<(Self, Vec<Sheet>), ImportError> {
        let mut archive = package::open(FORMAT, bytes, budget)?;
        check_texts(&mut archive)?;
        let workbook = calamine::Xlsx::new(Cursor::new(Arc::clone(bytes))).map_err(error)?;
        budget.check_time()?;
        let metadata = workbook.sheets_metadata().iter();
        let sheets = metadata.filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let sheets = sheets.map(|sheet| Sheet {
            name: sheet.name.clone(),
            is_hidden: sheet.visible != SheetVisible::Visible,
        });
        let sheets = sheets.collect();
        let parts = sheet_parts(&mut archive).unwrap_or_default();
        let reader = Self {
            workbook,
            archive,
            parts,
        };
        Ok((reader, sheets))
    }

    pub fn grid(&mut self, name: &str, budget: Budget) -> Result<Grid, ImportError> {
        let is_1904 = self.workbook.has_1904_epoch();
        let mut builder = GridBuilder::new(name, is_1904, budget);
        let mut cells = self.workbook.worksheet_cells_reader(name).map_err(error)?;
        // Those that cannot be read, by their numbers, and what was wrong with the first.
        let (mut number, mut bad): (u64, Vec<u64>) = (0, Vec::new());
        let mut first_error = None;
        loop {
            number += 1;
            if number.is_multiple_of(CELLS_PER_LOOK) {
                budget.check_time()?;
            }
            let record = match cells.next_cell_with_formula_metadata() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(one) if is_of_cell(&one) && bad.len() < BAD_MAX => {
                    bad.push(number - 1);
                    first_error.get_or_insert(one);
                    continue;
                }
                Err(one) => return Err(error(one)),
            };
            let (row, column) = record.pos;
            // The library counts on without an end.
            if row >= ROWS_MAX || column >= COLUMNS_MAX {
                let problem = "it has more rows or columns than a sheet";
                let format = FORMAT;
                return Err(ImportError::NotReadable { format, problem });
            }
            let is_formula = record.formula.is_some();
            let cell = match &record.value {
                DataRef::Empty if is_formula => Cell::NoValue,
                DataRef::Empty => continue,
                DataRef::SharedString(text) => {
                    builder.push_shared(row, column, text)?;
                    if is_formula {
                        builder.note_formula();
                    }
                    continue;
                }
                // The stored value of a formula may be an empty text.
                DataRef::String(text) => Cell::Text(text),
                DataRef::Int(number) => Cell::Number(*number as f64),
                DataRef::Float(number) => Cell::Number(*number),
                DataRef::Bool(is_true) => Cell::Boolean(*is_true),
                DataRef::Error(error) => Cell::Error(code(error)),
                DataRef::DateTime(date) if date.is_duration() => Cell::Duration(date.as_f64()),
                DataRef::DateTime(date) => Cell::Date {
                    serial: date.as_f64(),
                    is_1904,
                },
                DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::Text(text),
            };
            let before = builder.len();
            builder.push(row, column, cell)?;
            if is_formula && builder.len() > before {
                builder.note_formula();
            }
        }
        let path = self.parts.get(name).cloned();
        if let Some(first_error) = first_error {
            let sheet = path.as_deref();
            let sheet = sheet.and_then(|path| part(&mut self.archive, path));
            let bad = sheet.and_then(|sheet| bad_cells(sheet, &bad));
            for cell in bad.ok_or_else(|| error(first_error))? {
                add_bad(&mut builder, cell)?;
            }
        }
        let merges = match &path {
            Some(path) => part(&mut self.archive, path)
                .map(merges)
                .unwrap_or_default(),
            None => Vec::new(),
        };
        budget.check_time()?;
        if let Some(path) = &path {
            builder.objects(objects(&mut self.archive, path));
        }
        Ok(builder.finish(Merges::new(merges)))
    }
}

/// A cell that cannot be read is an error, as that of a formula is.
fn add_bad(builder: &mut GridBuilder, cell: BadCell) -> Result<(), ImportError> {
    let BadCell { row, column, .. } = cell;
    match cell.misnamed {
        None if row < ROWS_MAX && column < COLUMNS_MAX => {
            builder.push(row, column, Cell::Error("#REF!"))?;
        }
        misnamed => builder.note_fault(CellFault {
            row,
            column,
            kind: CellFaultKind::Unplaced,
            message: format!(
                "a cell about here was left out: `{}` is no place in a sheet",
                misnamed.unwrap_or_else(|| address(row, column))
            ),
        }),
    }
    Ok(())
}

/// The library makes room for as many texts as the table says that it has.
fn check_texts(archive: &mut Archive) -> Result<(), ImportError> {
    for index in 0..archive.len() {
        let is_table = part_name(archive, index)
            .is_some_and(|name| name.to_lowercase().ends_with("sharedstrings.xml"));
        if !is_table {
            continue;
        }
        let Ok(mut table) = archive.by_index(index) else {
            continue;
        };
        let size = table.size();
        let mut count = 0;
        // What is wrong with the table the library says better.
        let read = elements(&mut table, |name, element| {
            if name == "sst" {
                let text = attribute(element, "uniqueCount");
                count = text.and_then(|text| text.parse().ok()).unwrap_or(0);
            }
            name != "sst"
        });
        if read.is_ok() && count > size / TEXT_MIN + 1 {
            return Err(ImportError::Damaged {
                format: FORMAT,
                problem: format!(
                    "its table of texts is said to have {count} entries, and has room for fewer"
                ),
            });
        }
    }
    Ok(())
}

/// The paths of the sheets, by their names.
fn sheet_parts(archive: &mut Archive) -> Option<HashMap<String, String>> {
    let mut workbook = "xl/workbook.xml".to_owned();
    let relations = relations(archive, "_rels/.rels");
    if let Some(relation) = relations
        .iter()
        .find(|relation| relation.kind == "officeDocument")
    {
        workbook = resolved("", &relation.target);
    }
    let folder = folder(&workbook).to_owned();
    let targets = self::relations(archive, &relations_of(&workbook));
    let mut parts = HashMap::new();
    let xml = part(archive, &workbook)?;
    let read = elements(xml, |name, element| {
        if name == "sheet"
            && let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "id"))
            && let Some(relation) = targets.iter().find(|relation| relation.id == id)
        {
            parts.insert(name, resolved(&folder, &relation.target));
        }
        true
    });
    read.ok().map(|()| parts)
}

struct Relation {
    id: String,
    /// The last word of its type.
    kind: String,
    target: String,
}

fn relations(archive: &mut Archive, path: &str) -> Vec<Relation> {
    let mut relations = Vec::new();
    let Some(xml) = part(archive, path) else {
        return relations;
    };
    // What was read before a fault counts.
    elements(xml, |name, element| {
        if name == "Relationship" {
            let get = |name| attribute(element, name).unwrap_or_default();
            let kind = get("Type");
            relations.push(Relation {
                id: get("Id"),
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                target: get("Target"),
            });
        }
        true
    })
    .ok();
    relations
}

fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

fn relations_of(path: &str) -> String {
    let folder = folder(path);
    format!("{folder}_rels/{}.rels", &path[folder.len()..])
}

/// A target as a path in the archive, which `..` does not leave.
fn resolved(folder: &str, target: &str) -> String {
    let whole = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}{target}"),
    };
    let mut steps = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The merges of a sheet, which stand behind its cells: those are not parsed.
fn merges(mut sheet: impl Read) -> Vec<Merge> {
    const MARK: &[u8] = b"mergeCells";
    let mut window = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let Ok(length @ 1..) = sheet.read(&mut chunk) else {
            return Vec::new();
        };
        window.extend_from_slice(&chunk[..length]);
        if let Some(at) = memchr::memmem::find(&window, MARK) {
            let start = window[..at]
                .iter()
                .rposition(|byte| *byte == b'<')
                .unwrap_or(at);
            let rest = Cursor::new(window.split_off(start)).chain(sheet);
            return read_merges(rest);
        }
        // A mark, and the prefix of its name, may be cut in two.
        let kept = window.len().saturating_sub(MARK.len() + 64);
        window.drain(..kept);
    }
}

fn read_merges(xml: impl Read) -> Vec<Merge> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(xml));
    reader.config_mut().check_end_names = false;
    let mut merges = Vec::new();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element) | Event::Empty(element))
                if element.local_name().into_inner() == "mergeCell" =>
            {
                merges.extend(attribute(&element, "ref").and_then(|area| merge(&area)));
            }
            Ok(Event::End(element)) if element.local_name().into_inner() == "mergeCells" => {
                return merges;
            }
            Ok(Event::Eof) | Err(_) => return merges,
            Ok(_) => {}
        }
    }
}

fn merge(area: &str) -> Option<Merge> {
    let (first, last) = area.split_once(':')?;
    let (first_row, first_column) = parse_address(first)?;
    let (last_row, last_column) = parse_address(last)?;
    Some(Merge {
        first_row,
        first_column,
        last_row,
        last_column,
    })
}

/// The drawings of a sheet, by their kinds.
fn objects(archive: &mut Archive, sheet: &str) -> Vec<(&'static str, u32)> {
    const KINDS: &[(&str, &str)] = &[
        ("pic", "picture"),
        ("sp", "text box or shape"),
        ("cxnSp", "line"),
        ("graphicFrame", "chart"),
    ];
    let mut counts: Vec<(&'static str, u32)> = Vec::new();
    let relations = relations(archive, &relations_of(sheet));
    let drawings = relations
        .iter()
        .filter(|relation| relation.kind == "drawing");
    for drawing in drawings {
        let Some(xml) = part(archive, &resolved(folder(sheet), &drawing.target)) else {
            continue;
        };
        elements(xml, |name, _| {
            if let Some((_, kind)) = KINDS.iter().find(|(element, _)| *element == name) {
                match counts.iter_mut().find(|(counted, _)| counted == kind) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((kind, 1)),
                }
            }
            true
        })
        .ok();
    }
    counts
}

const fn code(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#GETTING_DATA",
    }
}

fn error(error: XlsxError) -> ImportError {
    match error {
        XlsxError::Password => ImportError::Password,
        error => ImportError::Damaged {
            format: FORMAT,
            problem: error.to_string(),
        },
    }
}
