//! Reads CSV and TSV into a grid, field by field: a record may be as long as the file. A record is a row,
//! however many lines it has.

use std::io::Read;

use csv_core::{ReadFieldResult, ReaderBuilder};
use encoding_rs::Encoding;

use super::budget::Budget;
use super::encoding::{Utf8, detect, named};
use super::format::Format;
use super::grid::{CellFault, CellFaultKind, Grid, GridBuilder};
use super::merges::{COLUMNS_MAX, Merges};
use super::scan::{LONG_TEXT, TEXT_MAX};
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::values::Cell;

/// Bytes of the text that are looked at to find its delimiter, and that are decoded at once.
const SAMPLE: usize = 65_536;

/// What stands in place of bytes that are no text.
const REPLACED: char = '\u{FFFD}';

/// The only sheet of a text, and whether it is CSV or TSV.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    encoding: Option<&str>,
    budget: Budget,
) -> Result<(Format, Grid), ImportError> {
    let encoding = match encoding {
        Some(name) => {
            let unknown = || ImportError::UnknownEncoding {
                name: name.to_owned(),
            };
            let encoding = named(name).ok_or_else(unknown)?;
            // A mark at the beginning says more than a name does.
            Encoding::for_bom(bytes).map_or(encoding, |(marked, _)| marked)
        }
        None => detect(bytes),
    };
    let format = format(Utf8::new(bytes, encoding));
    let mut fields = Fields::new(format, Utf8::new(bytes, encoding));
    let mut builder = GridBuilder::new(name, false, budget);
    let (mut row, mut column): (u32, u32) = (0, 0);
    let mut until_look = SAMPLE;
    while let Some(field) = fields.next()? {
        if column == 0 {
            row = row.saturating_add(field.passed);
        }
        if column >= COLUMNS_MAX {
            let problem = "a row has more than 16384 columns";
            let format = format.name();
            return Err(ImportError::NotReadable { format, problem });
        }
        add(&mut builder, (row, column), &field, encoding)?;
        // Empty fields are not cells, which look at the clock.
        until_look -= 1;
        if until_look == 0 {
            until_look = SAMPLE;
            budget.check_time()?;
        }
        match field.is_last {
            true => (row, column) = (row.saturating_add(1), 0),
            false => column += 1,
        }
    }
    Ok((format, builder.finish(Merges::default())))
}

/// A field; NULs in it are left out.
fn add(
    builder: &mut GridBuilder,
    (row, column): (u32, u32),
    field: &Field<'_>,
    encoding: &'static Encoding,
) -> Result<(), ImportError> {
    let text = String::from_utf8_lossy(field.text);
    let line = field.line;
    let mut note = |kind, message| {
        builder.note_fault(CellFault {
            row,
            column,
            kind,
            message,
        });
    };
    if text.contains(REPLACED) {
        let name = encoding.name();
        let message =
            format!("line {line} has bytes that are no text in {name}, shown as {REPLACED}");
        note(CellFaultKind::Undecodable, message);
    }
    if field.is_open {
        let message = format!(
            "the quote that begins in line {line} is never closed, so that the rest of the file is one cell"
        );
        note(CellFaultKind::OpenQuote, message);
    }
    if text.contains('\0') {
        return builder.push(row, column, Cell::Text(&text.replace('\0', "")));
    }
    builder.push(row, column, Cell::Text(&text))
}

/// A field of a record.
struct Field<'f> {
    text: &'f [u8],
    /// The line that it begins in, from 1.
    line: u64,
    /// Empty lines before it: they are rows.
    passed: u32,
    is_last: bool,
    /// Whether its quote is never closed.
    is_open: bool,
}

struct Fields<'b> {
    format: Format,
    text: Utf8<'b>,
    reader: csv_core::Reader,
    /// What was decoded, and which of it was not read.
    decoded: Vec<u8>,
    start: usize,
    end: usize,
    field: Vec<u8>,
    /// Whether the next field begins a record.
    begins: bool,
}

impl<'b> Fields<'b> {
    fn new(format: Format, text: Utf8<'b>) -> Self {
        let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
        Self {
            format,
            text,
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            decoded: vec![0; SAMPLE],
            start: 0,
            end: 0,
            field: vec![0; 4096],
            begins: true,
        }
    }

    fn next(&mut self) -> Result<Option<Field<'_>>, ImportError> {
        let before = self.reader.line();
        let mut length = 0;
        let (is_last, is_open) = loop {
            if self.start == self.end {
                let read = self.text.read(&mut self.decoded);
                self.start = 0;
                self.end = read.map_err(|error| ImportError::Io {
                    problem: error.to_string(),
                })?;
            }
            let input = &self.decoded[self.start..self.end];
            let is_over = input.is_empty();
            let (result, read, written) = self.reader.read_field(input, &mut self.field[length..]);
            self.start += read;
            length += written;
            match result {
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull if self.field.len() >= TEXT_MAX => {
                    return Err(ImportError::NotReadable {
                        format: self.format.name(),
                        problem: LONG_TEXT,
                    });
                }
                ReadFieldResult::OutputFull => self.field.resize(2 * self.field.len(), 0),
                // The text ends with the end of a line: only a quote goes on to its end.
                ReadFieldResult::Field { record_end } => break (record_end, is_over),
                ReadFieldResult::End => return Ok(None),
            }
        };
        let text = &self.field[..length];
        let inside = memchr::memchr_iter(b'\n', text).count() as u64;
        let ends = inside + u64::from(is_last && !is_open);
        let line = self.reader.line() - ends;
        let passed = match self.begins {
            true => line.saturating_sub(before),
            false => 0,
        };
        self.begins = is_last;
        Ok(Some(Field {
            text,
            line,
            passed: u32::try_from(passed).unwrap_or(u32::MAX),
            is_last,
            is_open,
        }))
    }
}

/// Which of comma and tab delimits, by the first lines.
fn format(mut text: Utf8<'_>) -> Format {
    let mut sample = vec![0; SAMPLE];
    let length = std::io::Read::read(&mut text, &mut sample).unwrap_or(0);
    let mut is_quoted = false;
    let (mut commas, mut tabs) = (0, 0);
    for byte in &sample[..length] {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => commas += 1,
            b'\t' if !is_quoted => tabs += 1,
            _ => {}
        }
    }
    if tabs > commas {
        Format::Tsv
    } else {
        Format::Csv
    }
}
