//! Reads ods as a stream. Repeated cells are repeated only as far as there is room for them, and merges
//! are kept; a library that puts a sheet into a rectangle first does neither.

use std::collections::HashSet;
use std::io::{BufReader, Read};
use std::sync::Arc;

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use super::budget::Budget;
use super::grid::{Grid, GridBuilder};
use super::merges::{COLUMNS_MAX, Merge, Merges, ROWS_MAX};
use super::ods_cell::{Content, OdsCell, count, error_code};
use super::open::Sheet;
use super::package::{self, Archive, attribute, elements, part};
use super::scan::{LONG_TEXT, TEXT_MAX};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::values::Cell;

const FORMAT: &str = "ods";

/// Spaces in a row that a text may stand for.
const SPACES_MAX: usize = 1_000;

pub(super) struct Ods {
    archive: Archive,
}

impl Ods {
    pub fn open(bytes: &Arc<[u8]>, budget: Budget) -> Result<(Self, Vec<Sheet>), ImportError> {
        let mut archive = package::open(FORMAT, bytes, budget)?;
        if is_encrypted(&mut archive) {
            return Err(ImportError::Password);
        }
        let mut hidden = HashSet::new();
        let mut style = String::new();
        let mut sheets = Vec::new();
        let content = content(&mut archive)?;
        let read = elements(content, |name, element| {
            match name {
                "style" => style = attribute(element, "name").unwrap_or_default(),
                "table-properties" if attribute(element, "display").as_deref() == Some("false") => {
                    hidden.insert(style.clone());
                }
                // Tables in tables are not sheets; they have no names.
                "table" => sheets.extend(attribute(element, "name").map(|name| {
                    Sheet {
                        name,
                        is_hidden: attribute(element, "style-name")
                            .is_some_and(|style| hidden.contains(&style)),
                    }
                })),
                _ => {}
            }
            true
        });
        read.map_err(|error| damaged(&error))?;
        budget.check_time()?;
        Ok((Self { archive }, sheets))
    }

    pub fn grid(&mut self, index: usize, budget: Budget) -> Result<Grid, ImportError> {
        let content = content(&mut self.archive)?;
        let mut reader = Reader::from_reader(BufReader::new(content));
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().check_end_names = false;
        let mut buffer = Vec::new();
        let mut left = index;
        loop {
            buffer.clear();
            match reader
                .read_event_into(&mut buffer)
                .map_err(|error| damaged(&error))?
            {
                Event::Start(element) if element.local_name().into_inner() == "table" => {
                    let Some(name) = attribute(&element, "name") else {
                        continue;
                    };
                    if left == 0 {
                        return SheetReader::new(reader, &name, budget).read();
                    }
                    left -= 1;
                }
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
    }
}

fn content(archive: &mut Archive) -> Result<impl Read + '_, ImportError> {
    part(archive, "content.xml").ok_or_else(|| ImportError::Damaged {
        format: FORMAT,
        problem: "its part content.xml is missing".to_owned(),
    })
}

fn is_encrypted(archive: &mut Archive) -> bool {
    let mut is_encrypted = false;
    if let Some(manifest) = part(archive, "META-INF/manifest.xml") {
        elements(manifest, |name, _| {
            is_encrypted |= name == "encryption-data";
            true
        })
        .ok();
    }
    is_encrypted
}

fn damaged(error: &quick_xml::Error) -> ImportError {
    ImportError::Damaged {
        format: FORMAT,
        problem: error.to_string(),
    }
}

fn cut_off() -> ImportError {
    ImportError::Damaged {
        format: FORMAT,
        problem: "its content ends too early".to_owned(),
    }
}

struct SheetReader<R> {
    reader: Reader<BufReader<R>>,
    buffer: Vec<u8>,
    builder: GridBuilder,
    budget: Budget,
    merges: Vec<Merge>,
    row: u32,
    column: u32,
    objects: u32,
}

impl<R: Read> SheetReader<R> {
    fn new(reader: Reader<BufReader<R>>, name: &str, budget: Budget) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            builder: GridBuilder::new(name, false, budget),
            budget,
            merges: Vec::new(),
            row: 0,
            column: 0,
            objects: 0,
        }
    }

    fn read(mut self) -> Result<Grid, ImportError> {
        loop {
            match self.next()? {
                Event::Start(element) => match element.local_name().into_inner() {
                    "table-row" => {
                        let repeated = count(&element, "number-rows-repeated");
                        self.row(repeated)?;
                    }
                    "shapes" | "frame" | "custom-shape" => {
                        self.objects += u32::from(element.local_name().into_inner() != "shapes");
                    }
                    _ => {}
                },
                Event::End(element) if element.local_name().into_inner() == "table" => break,
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
        if self.objects > 0 {
            self.builder.objects(vec![("drawing", self.objects)]);
        }
        Ok(self.builder.finish(Merges::new(self.merges)))
    }

    fn next(&mut self) -> Result<Event<'static>, ImportError> {
        self.buffer.clear();
        let event = self.reader.read_event_into(&mut self.buffer);
        event
            .map(Event::into_owned)
            .map_err(|error| damaged(&error))
    }

    /// Reads the cells of a row, and repeats it as often as there is something in it.
    fn row(&mut self, repeated: u32) -> Result<(), ImportError> {
        let mut cells: Vec<(u32, OdsCell, String)> = Vec::new();
        let mut bytes = 0;
        self.column = 0;
        loop {
            match self.next()? {
                Event::Start(element) => {
                    let name = element.local_name();
                    let is_covered = name.into_inner() == "covered-table-cell";
                    if !is_covered && name.into_inner() != "table-cell" {
                        continue;
                    }
                    let cell = OdsCell::of(&element);
                    let column = self.column;
                    self.column = column.saturating_add(cell.repeated);
                    let text = self.text(matches!(cell.content, Content::Text | Content::Error))?;
                    bytes += text.len() as u64;
                    if bytes > self.budget.limits.unpacked_bytes {
                        return Err(self.budget.unpacks_too_large());
                    }
                    let is_something = !matches!(cell.content, Content::Nothing)
                        || cell.has_formula
                        || !text.is_empty();
                    if is_something && !is_covered || cell.rows > 1 || cell.columns > 1 {
                        if column >= COLUMNS_MAX {
                            let problem = "a row has more than 16384 columns";
                            let format = FORMAT;
                            return Err(ImportError::NotReadable { format, problem });
                        }
                        cells.push((column, cell, text));
                    }
                }
                Event::End(element) if element.local_name().into_inner() == "table-row" => break,
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
        let first = self.row;
        self.row = first.saturating_add(repeated);
        if cells.is_empty() {
            return Ok(());
        }
        for row in (first..self.row).take_while(|row| *row < ROWS_MAX) {
            self.budget.check_time()?;
            for (column, cell, text) in &cells {
                self.push(row, *column, cell, text)?;
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        row: u32,
        column: u32,
        cell: &OdsCell,
        text: &str,
    ) -> Result<(), ImportError> {
        if cell.rows > 1 || cell.columns > 1 {
            let most = self.budget.limits.cells;
            if self.merges.len() as u64 >= most {
                return Err(ImportError::TooManyCells { most });
            }
            self.merges.push(Merge {
                first_row: row,
                first_column: column,
                last_row: row.saturating_add(cell.rows - 1),
                last_column: column.saturating_add(cell.columns - 1),
            });
        }
        let content = match &cell.content {
            Content::Nothing if cell.has_formula => Cell::NoValue,
            Content::Nothing => Cell::Empty,
            Content::Text => Cell::Text(text),
            Content::Number(number) => Cell::Number(*number),
            Content::Boolean(is_true) => Cell::Boolean(*is_true),
            Content::Written(date) => Cell::Text(date),
            Content::Duration(days) => Cell::Duration(*days),
            Content::Error => Cell::Error(error_code(text)),
        };
        let end = column.saturating_add(cell.repeated).min(COLUMNS_MAX);
        for column in column..end {
            let before = self.builder.len();
            self.builder.push(row, column, content)?;
            if cell.has_formula && self.builder.len() > before {
                self.builder.note_formula();
            }
        }
        Ok(())
    }

    /// Reads to the end of a cell, and the text of its paragraphs if it is wanted.
    fn text(&mut self, is_wanted: bool) -> Result<String, ImportError> {
        let mut text = String::new();
        let mut paragraphs = 0;
        // Notes of people in the cell, and phonetic guides, are not its text.
        let mut beside = 0;
        loop {
            // Spaces that are counted are more than they were in the file.
            if text.len() > TEXT_MAX {
                return Err(ImportError::NotReadable {
                    format: FORMAT,
                    problem: LONG_TEXT,
                });
            }
            match self.next()? {
                Event::Start(element) => match element.local_name().into_inner() {
                    "annotation" | "ruby-text" => beside += 1,
                    "frame" | "custom-shape" => {
                        self.objects += 1;
                        beside += 1;
                    }
                    "p" if beside == 0 => {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        paragraphs += 1;
                    }
                    "s" if beside == 0 => {
                        let spaces = count(&element, "c") as usize;
                        text.extend(std::iter::repeat_n(' ', spaces.min(SPACES_MAX)));
                    }
                    "tab" if beside == 0 => text.push('\t'),
                    "line-break" if beside == 0 => text.push('\n'),
                    _ => {}
                },
                Event::Text(part) if is_wanted && beside == 0 && paragraphs > 0 => {
                    text.push_str(&part.xml_content(XmlVersion::Implicit1_0));
                }
                Event::GeneralRef(entity) if is_wanted && beside == 0 && paragraphs > 0 => {
                    let named = quick_xml::escape::resolve_predefined_entity(&entity);
                    let character = entity.resolve_char_ref().ok().flatten();
                    text.push_str(named.unwrap_or_default());
                    text.extend(character);
                }
                Event::End(element) => match element.local_name().into_inner() {
                    "table-cell" | "covered-table-cell" => return Ok(text),
                    "annotation" | "ruby-text" | "frame" | "custom-shape" => beside -= 1,
                    _ => {}
                },
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
    }
}
