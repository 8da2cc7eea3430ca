//! Rows of a CSV file: the first line names the columns.

use std::collections::BTreeSet;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::limited::BytesRead;
use super::{BYTES_AT_ONCE, Input, ROWS_AT_ONCE, found};
use crate::models::{FeatureKind, Rows, RowsBuilder, Signature};

pub(super) struct CsvRows {
    reader: Reader<Input>,
    read: BytesRead,
    record: ByteRecord,
    /// Of each feature, the position of its column.
    places: Vec<usize>,
    columns: usize,
    pub unused: BTreeSet<String>,
}

impl CsvRows {
    pub fn open(input: Input, signature: &Signature) -> Result<Self, String> {
        let read = input.bytes_read();
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            // Their number is checked here, with the line.
            .flexible(true)
            .from_reader(input);
        let mut record = ByteRecord::new();
        let is_there = reader.read_byte_record(&mut record);
        if !is_there.map_err(|error| unreadable(&error))? {
            return Err("line 1: expected the names of columns, found an empty file".to_owned());
        }
        let names = names(&record)?;
        let mut places = Vec::new();
        for feature in signature.features() {
            let columns = names.iter().enumerate();
            let mut of_name = columns.filter(|(_, name)| **name == feature.name);
            match (of_name.next(), of_name.next()) {
                (Some((place, _)), None) => places.push(place),
                (Some(_), Some(_)) => {
                    return Err(format!("line 1: there are two columns {:?}", feature.name));
                }
                (None, _) => {
                    let features = signature.features().iter();
                    let features: Vec<&str> = features.map(|one| one.name.as_str()).collect();
                    return Err(format!(
                        "line 1: column {:?} is missing; expected {}",
                        feature.name,
                        features.join(", ")
                    ));
                }
            }
        }
        let unused = names.iter().enumerate();
        let unused = unused.filter(|(place, _)| !places.contains(place));
        Ok(Self {
            unused: unused.map(|(_, name)| name.clone()).collect(),
            columns: names.len(),
            reader,
            read,
            record,
            places,
        })
    }

    /// No rows: the file is over.
    pub fn next_batch(&mut self, signature: &Signature) -> Result<Rows, String> {
        let mut rows = RowsBuilder::with_capacity(signature, ROWS_AT_ONCE);
        let begun = self.reader.position().byte();
        for _ in 0..ROWS_AT_ONCE {
            self.read.row_is_complete();
            let read = self.reader.read_byte_record(&mut self.record);
            if !read.map_err(|error| unreadable(&error))? {
                break;
            }
            self.add(&mut rows, signature)?;
            if self.reader.position().byte() - begun > BYTES_AT_ONCE {
                break;
            }
        }
        Ok(rows.build())
    }

    fn add(&self, rows: &mut RowsBuilder<'_>, signature: &Signature) -> Result<(), String> {
        let line = self.record.position().map_or(0, csv::Position::line);
        if self.record.len() != self.columns {
            let (found, expected) = (self.record.len(), self.columns);
            return Err(format!(
                "line {line}: expected {expected} columns, as the first line has, found {found}"
            ));
        }
        rows.begin_row();
        let features = signature.features().iter().enumerate();
        for ((position, feature), place) in features.zip(&self.places) {
            let at = || format!("line {line}, column {:?}", feature.name);
            let cell = str::from_utf8(&self.record[*place])
                .map_err(|_| format!("{}: expected text in UTF-8", at()))?;
            match feature.kind {
                FeatureKind::Text => rows.set_text(position, Some(cell.into())),
                FeatureKind::Number => {
                    let number = number(cell);
                    let expected =
                        || format!("{}: expected a number or nothing, {}", at(), found(cell));
                    if let Some(number) = number.ok_or_else(expected)? {
                        rows.set_number(position, number);
                    }
                }
            }
        }
        Ok(())
    }
}

/// `Some(None)`: it is missing.
fn number(cell: &str) -> Option<Option<f64>> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Some(None);
    }
    let number: f64 = cell.parse().ok()?;
    number.is_finite().then_some(Some(number))
}

fn names(record: &ByteRecord) -> Result<Vec<String>, String> {
    let name = |cell: &[u8]| {
        let name = str::from_utf8(cell).map_err(|_| "line 1: expected text in UTF-8".to_owned());
        name.map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
    };
    record.iter().map(name).collect()
}

fn unreadable(error: &csv::Error) -> String {
    match error.position() {
        Some(position) => format!("line {}: {error}", position.line()),
        None => error.to_string(),
    }
}
