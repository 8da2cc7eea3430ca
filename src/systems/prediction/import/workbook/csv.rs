//! Reads CSV and TSV into a grid. A record is a row, however many lines it has.

use csv::{ByteRecord, ReaderBuilder};

use super::budget::Budget;
use super::encoding::{Utf8, detect, named};
use super::format::Format;
use super::grid::{Grid, GridBuilder};
use super::merges::Merges;
use crate::systems::prediction::import::ImportError;
use crate::systems::prediction::import::values::Cell;

/// Bytes of the text that are looked at to find its delimiter.
const SAMPLE: usize = 65_536;

/// Columns of a record.
const COLUMNS_MAX: usize = 16_384;

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
            encoding_rs::Encoding::for_bom(bytes).map_or(encoding, |(marked, _)| marked)
        }
        None => detect(bytes),
    };
    let format = format(Utf8::new(bytes, encoding));
    let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(Utf8::new(bytes, encoding));
    let mut builder = GridBuilder::new(name, false, budget);
    let mut record = ByteRecord::new();
    let mut row: u32 = 0;
    loop {
        let line = reader.position().line();
        let is_record = reader.read_byte_record(&mut record);
        let is_record = is_record.map_err(|error| ImportError::Io {
            problem: error.to_string(),
        })?;
        if !is_record {
            break;
        }
        // The library passes over empty lines, which are rows.
        let inside = record
            .as_slice()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count() as u64;
        let passed = (reader.position().line() - line).saturating_sub(inside + 1);
        row = row.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        if record.len() > COLUMNS_MAX {
            let problem = "a row has more than 16384 columns";
            return Err(ImportError::NotReadable {
                format: format.name(),
                problem,
            });
        }
        for (column, field) in (0_u32..).zip(&record) {
            add(&mut builder, row, column, field)?;
        }
        row = row.saturating_add(1);
    }
    Ok((format, builder.finish(Merges::default())))
}

/// A field; NULs in it are left out.
fn add(builder: &mut GridBuilder, row: u32, column: u32, field: &[u8]) -> Result<(), ImportError> {
    let text = String::from_utf8_lossy(field);
    if text.contains('\0') {
        return builder.push(row, column, Cell::Text(&text.replace('\0', "")));
    }
    builder.push(row, column, Cell::Text(&text))
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
