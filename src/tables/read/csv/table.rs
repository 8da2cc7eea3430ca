//! One CSV file while it is read: its header, its records, and what to say when it is broken.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
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
    pub(super) header: Vec<String>,
}

impl CsvTable {
    pub(super) fn open(table: &str, path: PathBuf) -> Result<Self, ReadError> {
        let file = File::open(&path).map_err(|cause| ReadError::File {
            table: table.to_owned(),
            path: path.clone(),
            cause,
        })?;
        let reader = ReaderBuilder::new()
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(file);
        let mut opened = Self {
            table: table.to_owned(),
            path,
            reader,
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

    /// Reads the next record; false at the end of the file.
    pub(super) fn read(&mut self, record: &mut StringRecord) -> Result<bool, ReadError> {
        self.reader
            .read_record(record)
            .map_err(|cause| self.trouble(cause))
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
        match line_at(&self.path, byte) {
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

/// The line on which the record at this byte begins. Counted only for an error:
/// the parser's own count is one behind where lines end in CRLF, and starts anew after a seek.
fn line_at(path: &Path, byte: u64) -> io::Result<u64> {
    let mut file = BufReader::new(File::open(path)?);
    let mut line = 1;
    let mut before = (&mut file).take(byte);
    loop {
        let chunk = before.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        line += chunk.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let length = chunk.len();
        before.consume(length);
    }
    for byte in file.bytes() {
        match byte? {
            b'\n' => line += 1,
            b'\r' => {}
            _ => break,
        }
    }
    Ok(line)
}
