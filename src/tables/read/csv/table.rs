//! One CSV file while it is read: its header, its records, and what to say when it is broken.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::mem;
use std::path::{Path, PathBuf};

use ::csv::{ErrorKind, ReaderBuilder, StringRecord};

use crate::tables::read::error::ReadError;

/// Large enough that a disk is read in strides, small beside a batch.
const BUFFER_BYTES: usize = 256 * 1024;

/// An open file whose header has been read.
pub(super) struct CsvTable {
    table: String,
    path: PathBuf,
    reader: ::csv::Reader<File>,
    /// When it was opened.
    size: u64,
    counted: CountedLines,
    pub(super) header: Vec<String>,
}

impl CsvTable {
    pub(super) fn open(table: &str, path: PathBuf) -> Result<Self, ReadError> {
        let file = File::open(&path).map_err(|cause| ReadError::File {
            table: table.to_owned(),
            path: path.clone(),
            cause,
        })?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let reader = ReaderBuilder::new()
            .buffer_capacity(BUFFER_BYTES)
            .flexible(true)
            .from_reader(file);
        let mut opened = Self {
            table: table.to_owned(),
            path,
            reader,
            size,
            counted: CountedLines::default(),
            header: Vec::new(),
        };
        let header = opened
            .reader
            .headers()
            .cloned()
            .map_err(|cause| opened.trouble(cause))?;
        opened.header = header.iter().map(str::to_owned).collect();
        Ok(opened)
    }

    /// Where a column stands. Only for columns that have been demanded.
    pub(super) fn field(&self, column: &str) -> usize {
        self.header
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column))
            .expect("the header was checked for this column")
    }

    /// Reads the next record.
    pub(super) fn read(&mut self, record: &mut StringRecord) -> Result<Found, ReadError> {
        let mut bytes = mem::take(record).into_byte_record();
        let read = self.reader.read_byte_record(&mut bytes);
        if !read.map_err(|cause| self.trouble(cause))? {
            return Ok(Found::End);
        }
        let (text, is_text) = match StringRecord::from_byte_record(bytes) {
            Ok(text) => (text, true),
            Err(error) => {
                let bytes = error.into_byte_record();
                let position = bytes.position().cloned();
                let mut text = StringRecord::from_byte_record_lossy(bytes);
                text.set_position(position);
                (text, false)
            }
        };
        *record = text;
        if self.next_byte() == self.size {
            self.demand_closed_quotes(record)?;
        }
        Ok(if record.len() != self.header.len() {
            Found::OtherFields
        } else if is_text {
            Found::Record
        } else {
            Found::NotUtf8
        })
    }

    /// The last record may hold all that stands behind a quote that nothing closes.
    fn demand_closed_quotes(&mut self, record: &StringRecord) -> Result<(), ReadError> {
        let begin = record.position().map_or(0, ::csv::Position::byte);
        let ends_in_quotes = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(begin))?;
            ends_in_quotes(BufReader::new(file.take(self.size - begin)))
        });
        if !ends_in_quotes.map_err(|cause| self.file_trouble(cause))? {
            return Ok(());
        }
        Err(ReadError::QuoteNotClosed {
            table: self.table.clone(),
            path: self.path.clone(),
            line: self.line_of(record)?,
        })
    }

    /// The line on which a record begins that was read.
    pub(super) fn line_of(&mut self, record: &StringRecord) -> Result<u64, ReadError> {
        let byte = record.position().map_or(0, ::csv::Position::byte);
        let counted = self.counted.line_at(&self.path, byte);
        counted.map_err(|cause| self.file_trouble(cause))
    }

    pub(super) fn next_byte(&self) -> u64 {
        self.reader.position().byte()
    }

    pub(super) fn seek(&mut self, byte: u64) -> Result<(), ReadError> {
        self.demand_bytes(byte)?;
        let mut position = ::csv::Position::new();
        position.set_byte(byte);
        self.reader
            .seek(position)
            .map_err(|cause| self.trouble(cause))
    }

    /// A file that ends before what has been read of it is not the one that was read.
    pub(super) fn demand_bytes(&self, position: u64) -> Result<(), ReadError> {
        let metadata = self.reader.get_ref().metadata();
        let size = metadata.map_err(|cause| self.file_trouble(cause))?.len();
        if size >= position {
            return Ok(());
        }
        Err(ReadError::FileShrunk {
            table: self.table.clone(),
            path: self.path.clone(),
            position,
            size,
        })
    }

    fn trouble(&self, error: ::csv::Error) -> ReadError {
        let byte = error
            .position()
            .map_or(self.next_byte(), ::csv::Position::byte);
        if let ErrorKind::Io(cause) = error.kind() {
            let kind = cause.kind();
            return self.file_trouble(io::Error::new(kind, error));
        }
        match CountedLines::default().line_at(&self.path, byte) {
            Ok(line) => ReadError::Record {
                table: self.table.clone(),
                path: self.path.clone(),
                line,
                cause: error,
            },
            Err(cause) => self.file_trouble(cause),
        }
    }

    fn file_trouble(&self, cause: io::Error) -> ReadError {
        ReadError::File {
            table: self.table.clone(),
            path: self.path.clone(),
            cause,
        }
    }
}

/// What was found where the next record is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Record,
    /// A record with another number of fields than the header has.
    OtherFields,
    /// A record that is not UTF-8; what is not is replaced by U+FFFD.
    NotUtf8,
    End,
}

/// Whether records end inside of a field in quotes, by the rules of the parser.
fn ends_in_quotes(records: impl BufRead) -> io::Result<bool> {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Place {
        FieldStart,
        Field,
        Quoted,
        BehindQuote,
    }
    let mut place = Place::FieldStart;
    for byte in records.bytes() {
        place = match (place, byte?) {
            (Place::Quoted, b'"') => Place::BehindQuote,
            (Place::Quoted, _) | (Place::FieldStart | Place::BehindQuote, b'"') => Place::Quoted,
            (_, b',' | b'\n' | b'\r') => Place::FieldStart,
            (Place::FieldStart | Place::Field | Place::BehindQuote, _) => Place::Field,
        };
    }
    Ok(place == Place::Quoted)
}

/// Up to where lines were counted, and how many there are. Counted only for records that are
/// broken: the parser's own count is one behind where lines end in CRLF, and starts anew after a
/// seek.
#[derive(Default)]
struct CountedLines {
    byte: u64,
    line_ends: u64,
}

impl CountedLines {
    /// The line on which the record at this byte begins.
    fn line_at(&mut self, path: &Path, byte: u64) -> io::Result<u64> {
        if byte < self.byte {
            *self = Self::default();
        }
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(self.byte))?;
        let mut file = BufReader::new(file);
        self.line_ends += line_ends_before(&mut file, byte - self.byte)?;
        self.byte = byte;
        let mut line = 1 + self.line_ends;
        for byte in file.bytes() {
            match byte? {
                b'\n' => line += 1,
                b'\r' => {}
                _ => break,
            }
        }
        Ok(line)
    }
}

fn line_ends_before(file: &mut BufReader<File>, bytes: u64) -> io::Result<u64> {
    let mut line_ends = 0;
    let mut before = file.take(bytes);
    loop {
        let chunk = before.fill_buf()?;
        if chunk.is_empty() {
            return Ok(line_ends);
        }
        line_ends += chunk.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let length = chunk.len();
        before.consume(length);
    }
}
