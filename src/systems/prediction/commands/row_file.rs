//! Rows of a CSV or JSON Lines file for a model, a batch at a time.

mod csv_rows;
mod json_lines;
mod limited;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};

use csv_rows::CsvRows;
use json_lines::JsonLines;
use limited::Limited;

use crate::models::{Rows, Signature};

/// Rows that are scored at once.
const ROWS_AT_ONCE: usize = 1_000;

/// Bytes of the file after which fewer are.
const BYTES_AT_ONCE: u64 = 4 << 20;

/// What one row may take: without a limit a quotation mark that is never closed takes all memory.
const ROW_BYTES_MAX: u64 = 16 << 20;

/// How rows and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowFormat {
    Csv,
    JsonLines,
}

impl RowFormat {
    /// What the ending of a name says.
    pub fn of_name(name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        if lower.ends_with(".csv") {
            return Some(Self::Csv);
        }
        let is_json = lower.ends_with(".jsonl") || lower.ends_with(".ndjson");
        is_json.then_some(Self::JsonLines)
    }
}

/// Reads rows in batches. Features are found by name, in any order; what else a row has is left aside.
pub(super) struct RowReader<'s> {
    pub format: RowFormat,
    signature: &'s Signature,
    lines: Lines,
}

/// What a file is read through.
type Input = Limited<BufReader<Box<dyn Read + Send>>>;

enum Lines {
    Csv(CsvRows),
    Json(JsonLines),
}

impl<'s> RowReader<'s> {
    /// `format`: what the name says; where it says nothing, the first character does.
    pub fn open(
        input: impl Read + Send + 'static,
        format: Option<RowFormat>,
        signature: &'s Signature,
    ) -> Result<Self, String> {
        let mut input = BufReader::new(Box::new(input) as Box<dyn Read + Send>);
        let format = match format {
            Some(format) => format,
            None => detected(&mut input).map_err(|error| error.to_string())?,
        };
        let input = Limited::new(input, ROW_BYTES_MAX);
        let lines = match format {
            RowFormat::Csv => Lines::Csv(CsvRows::open(input, signature)?),
            RowFormat::JsonLines => Lines::Json(JsonLines::new(input)),
        };
        Ok(Self {
            format,
            signature,
            lines,
        })
    }

    /// The next rows; `None`: there are no more. An error names the line and the column.
    pub fn next_batch(&mut self) -> Result<Option<Rows>, String> {
        let rows = match &mut self.lines {
            Lines::Csv(lines) => lines.next_batch(self.signature)?,
            Lines::Json(lines) => lines.next_batch(self.signature)?,
        };
        Ok((!rows.is_empty()).then_some(rows))
    }

    /// Columns that were met and are no features.
    pub fn unused(&self) -> &BTreeSet<String> {
        match &self.lines {
            Lines::Csv(lines) => &lines.unused,
            Lines::Json(lines) => &lines.unused,
        }
    }
}

fn detected(input: &mut impl BufRead) -> io::Result<RowFormat> {
    let begin = input.fill_buf()?;
    let mark = "\u{feff}".as_bytes();
    let begin = begin.strip_prefix(mark).unwrap_or(begin);
    let first = begin.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(match first {
        Some(b'{') => RowFormat::JsonLines,
        _ => RowFormat::Csv,
    })
}

/// A cell as a sentence names it.
fn found(text: &str) -> String {
    const QUOTED_MAX: usize = 40;
    let shown = match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    match shown.len() < text.len() {
        true => format!("found {shown:?}…"),
        false => format!("found {shown:?}"),
    }
}
