//! Rows of CSV, whatever separates its cells. The first row names the columns.

use std::io::Cursor;
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::{Rows, text};

/// What may separate cells.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(super) struct CsvRows {
    reader: Reader<Cursor<String>>,
    columns: Vec<String>,
}

impl CsvRows {
    pub fn open(path: &Path) -> Result<Self, String> {
        Self::of_text(text::read(path)?)
    }

    pub fn of_text(text: String) -> Result<Self, String> {
        let mut reader = ReaderBuilder::new()
            .delimiter(separator(&text))
            .flexible(true)
            .from_reader(Cursor::new(text));
        let columns = reader.headers().map_err(|error| error.to_string())?;
        let columns = columns.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self { reader, columns })
    }
}

impl Rows for CsvRows {
    fn next(&mut self, most: usize) -> Result<Vec<Value>, String> {
        let mut rows = Vec::new();
        let mut record = StringRecord::new();
        while rows.len() < most {
            let read = self.reader.read_record(&mut record);
            if !read.map_err(|error| error.to_string())? {
                break;
            }
            // Columns of one name are one, that of its first cell.
            let mut row = Map::new();
            for (name, cell) in self.columns.iter().zip(&record) {
                if !cell.is_empty() && !row.contains_key(name) {
                    row.insert(name.clone(), cell.into());
                }
            }
            if !row.is_empty() {
                rows.push(Value::Object(row));
            }
        }
        Ok(rows)
    }
}

/// What is most often in the first row, outside of quotes.
fn separator(text: &str) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            byte if !is_quoted => {
                if let Some(at) = SEPARATORS.iter().position(|known| *known == byte) {
                    counts[at] += 1;
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    let at = counts.iter().position(|count| *count == most);
    SEPARATORS[at.unwrap_or(0)]
}
