//! A set as CSV: with a byte order mark and CRLF, as spreadsheets expect it, and with `'` before what they would
//! compute.

use std::borrow::Cow;
use std::convert::Infallible;

use super::exported::Expressions;
use super::table::{COLUMNS, TableReader, rows};
use super::text::text_of;
use crate::systems::labelling::rules::document::{Document, Draft, Places};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::set::Place;

/// What a spreadsheet computes if a cell begins with it, and the mark itself.
const COMPUTED: [char; 5] = ['=', '+', '-', '@', '\''];

/// The draft of a table.
pub fn read(file: &str, bytes: &[u8], findings: &mut Findings) -> Draft {
    let text = match text_of(file, bytes) {
        Ok(text) => text,
        Err(finding) => {
            findings.push(*finding);
            return Draft::default();
        }
    };
    let mut table = TableReader::new(Places::Rows(file.into()));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut last = (1, false);
    loop {
        let line = u32::try_from(reader.position().line()).unwrap_or(u32::MAX);
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                findings.push(Finding::new(
                    Code::E01,
                    place(file, line),
                    error.to_string(),
                ));
                break;
            }
        }
        let line = record.position().map_or(line, |position| {
            let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
            let passed = text.as_bytes().get(start..).unwrap_or_default();
            // Empty lines before the record are not part of it.
            let passed = passed
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'));
            let passed = passed.filter(|byte| **byte == b'\n').count() as u64;
            u32::try_from(position.line() + passed).unwrap_or(u32::MAX)
        });
        last = (line, record.iter().any(|cell| cell.contains('\n')));
        let cells: Vec<&str> = record.iter().map(without_mark).collect();
        table.row(line, &cells, findings);
    }
    // A quote that is not closed takes the rest of the file.
    if last.1 && memchr::memchr_iter(b'"', text.as_bytes()).count() % 2 == 1 {
        let message = "a quote that begins here is never closed";
        findings.push(Finding::new(Code::E01, place(file, last.0), message));
    }
    table.finish(findings)
}

/// The whole table.
pub fn write(document: &Document, style: Expressions) -> Vec<u8> {
    let mut text = String::from('\u{feff}');
    push_row(&mut text, &COLUMNS);
    let written = rows(document, style, |row| {
        push_row(&mut text, &row.cells.each_ref().map(String::as_str));
        Ok::<_, Infallible>(())
    });
    match written {
        Ok(()) => text.into_bytes(),
        Err(never) => match never {},
    }
}

fn push_row(text: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let cell = with_mark(cell);
        // Some spreadsheets drop blanks at the edges of what has no quotes.
        let is_quoted = cell.contains([',', '"', '\r', '\n', ';', '\t'])
            || cell.starts_with(' ')
            || cell.ends_with(' ');
        match is_quoted {
            true => {
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            }
            false => text.push_str(&cell),
        }
    }
    text.push_str("\r\n");
}

fn with_mark(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(COMPUTED) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

fn without_mark(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(COMPUTED) => rest,
        _ => cell,
    }
}

fn place(file: &str, line: u32) -> Place {
    Place::Line {
        file: file.into(),
        line,
        column: 0,
    }
}
