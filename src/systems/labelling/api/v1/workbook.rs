//! Published rows as a workbook that spreadsheets open.
//!
//! Rows go to temporary files as they come, and from there into the answer: the memory is that of
//! some rows, however many there are.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::{env, fs};

use entity::JobId;
use futures_util::stream;
use poem::Body;
use rust_xlsxwriter::{Workbook, XlsxError};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::download::{COLUMNS, ROWS_AT_ONCE, WriteError, cells, cut_off};
use crate::engine::seam::{ResultCell, ResultRows};
use crate::systems::labelling::{PublishedRow, ResultStream};

/// Rows of a sheet, the names of the columns included: more cannot be opened.
const SHEET_ROWS: u32 = 1_048_576;

/// Longest text of a cell, in the units of UTF-16 that spreadsheets count in.
const CELL_UNITS: usize = 32_767;

/// Bytes that are handed on at once, and how many such parts may wait for a slow caller.
const PART_BYTES: usize = 64 << 10;
const PARTS_WAITING: usize = 4;

/// A workbook that is being written. All of it blocks.
struct Draft {
    book: Workbook,
    /// They stand in front of the rows of each sheet.
    columns: Vec<String>,
    sheet_rows: u32,
    /// Rows of the last sheet.
    rows: u32,
}

/// A workbook that holds all of its rows.
pub(super) struct Book(Workbook);

/// What stands in a cell.
enum Cell<'c> {
    Empty,
    Text(&'c str),
    Number(f64),
    Truth(bool),
}

impl<'c> From<&'c ResultCell> for Cell<'c> {
    fn from(cell: &'c ResultCell) -> Self {
        match cell {
            ResultCell::Null => Self::Empty,
            ResultCell::Truth(truth) => Self::Truth(*truth),
            ResultCell::Integer(integer) => Self::Number(*integer as f64),
            ResultCell::Number(number) => Self::Number(*number),
            ResultCell::Text(text) | ResultCell::Json(text) => Self::Text(text),
        }
    }
}

impl Draft {
    fn new(columns: Vec<String>, sheet_rows: u32) -> Result<Self, XlsxError> {
        let mut draft = Self {
            book: Workbook::new(),
            columns,
            sheet_rows,
            rows: 0,
        };
        draft.begin_sheet()?;
        Ok(draft)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        self.book.add_worksheet_with_constant_memory();
        self.rows = 0;
        let columns = self.columns.clone();
        self.push(columns.iter().map(|column| Cell::Text(column)))
    }

    fn push<'c>(&mut self, cells: impl Iterator<Item = Cell<'c>>) -> Result<(), XlsxError> {
        if self.rows == self.sheet_rows {
            self.begin_sheet()?;
        }
        let Some(sheet) = self.book.worksheets_mut().last_mut() else {
            return Ok(());
        };
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => sheet.write_string(self.rows, column, fitting(text))?,
                Cell::Number(number) => sheet.write_number(self.rows, column, number)?,
                Cell::Truth(truth) => sheet.write_boolean(self.rows, column, truth)?,
            };
        }
        self.rows += 1;
        Ok(())
    }
}

impl Book {
    /// Ends with its future: whoever asked may have gone.
    pub async fn of(mut rows: ResultStream) -> Result<Self, WriteError> {
        let mut draft = begin(COLUMNS.map(str::to_owned).to_vec()).await?;
        let mut some = Vec::with_capacity(ROWS_AT_ONCE);
        while rows.recv_many(&mut some, ROWS_AT_ONCE).await > 0 {
            let read: Vec<PublishedRow> = some.drain(..).collect::<Result<_, _>>()?;
            let written = spawn_blocking(move || {
                for row in &read {
                    draft.push(cells(row).into_iter().map(Cell::Text))?;
                }
                Ok::<_, XlsxError>(draft)
            });
            draft = written.await.map_err(|_| WriteError::ThreadLost)??;
        }
        Ok(Self(draft.book))
    }

    /// The same of rows that a job of another flow made.
    pub async fn of_any(mut rows: ResultRows) -> Result<Self, WriteError> {
        let mut draft = begin(rows.columns.clone()).await?;
        while let Some(some) = rows.next().await {
            let some = some.map_err(WriteError::ReadAny)?;
            let written = spawn_blocking(move || {
                for row in &some {
                    draft.push(row.iter().map(Cell::from))?;
                }
                Ok::<_, XlsxError>(draft)
            });
            draft = written.await.map_err(|_| WriteError::ThreadLost)??;
        }
        Ok(Self(draft.book))
    }

    /// Of sheets that are written already.
    pub fn of_sheets(book: Workbook) -> Self {
        Self(book)
    }

    /// The bytes of the file. An error cuts the answer off, so that a part is not mistaken for the
    /// whole.
    pub fn into_body(mut self, job: JobId) -> Body {
        let (sender, receiver) = mpsc::channel(PARTS_WAITING);
        // Ends by itself when the bytes are read or the caller has gone.
        drop(spawn_blocking(move || {
            let mut writer = BufWriter::with_capacity(PART_BYTES, Parts(sender.clone()));
            let saved = self.0.save_to_writer(&mut writer);
            let saved = saved.map_err(io::Error::other);
            if let Err(error) = saved.and_then(|()| writer.flush())
                && !sender.is_closed()
            {
                cut_off(&job, &error);
                sender.blocking_send(Err(error)).ok();
            }
        }));
        let parts = stream::unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        });
        Body::from_bytes_stream(parts)
    }
}

async fn begin(columns: Vec<String>) -> Result<Draft, WriteError> {
    let begun = spawn_blocking(|| {
        try_temporary_files(&env::temp_dir())?;
        Ok::<_, WriteError>(Draft::new(columns, SHEET_ROWS)?)
    });
    begun.await.map_err(|_| WriteError::ThreadLost)?
}

/// The library that writes workbooks panics where it cannot make a temporary file.
pub(super) fn try_temporary_files(directory: &Path) -> Result<(), WriteError> {
    let path = directory.join(format!("audience-{}", JobId::new()));
    let written = fs::write(&path, [0]);
    fs::remove_file(&path).ok();
    written.map_err(WriteError::Temporary)
}

/// Writes to a caller, part by part.
struct Parts(mpsc::Sender<io::Result<Vec<u8>>>);

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(bytes.to_vec()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As much of a text as a cell can hold.
fn fitting(text: &str) -> &str {
    // A character has as many bytes as units of UTF-16 at least.
    if text.len() <= CELL_UNITS {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > CELL_UNITS
    });
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use zip::ZipArchive;

    use super::*;
    use crate::systems::labelling::api::v1::download::tests::row;

    /// The sheets of a workbook, as XML.
    fn sheets(rows: &[PublishedRow], sheet_rows: u32) -> Vec<String> {
        let columns = COLUMNS.map(str::to_owned).to_vec();
        let mut draft = Draft::new(columns, sheet_rows).unwrap();
        for row in rows {
            let cells = cells(row).into_iter().map(Cell::Text);
            draft.push(cells).unwrap();
        }
        let bytes = draft.book.save_to_buffer().unwrap();
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names = (1..).map(|no| format!("xl/worksheets/sheet{no}.xml"));
        let sheets = names.map_while(|name| {
            let mut text = String::new();
            archive
                .by_name(&name)
                .ok()?
                .read_to_string(&mut text)
                .unwrap();
            Some(text)
        });
        sheets.collect()
    }

    #[test]
    fn every_cell_is_a_text_whatever_it_holds() {
        for (text, written) in [
            ("=1+1", "<t>=1+1</t>"),
            ("007", "<t>007</t>"),
            ("1e9", "<t>1e9</t>"),
            ("TRUE", "<t>TRUE</t>"),
            ("男 “<&>” 👩", "<t>男 “&lt;&amp;&gt;” 👩</t>"),
            (" a\nb ", "<t xml:space=\"preserve\"> a\nb </t>"),
            ("_x0041_", "<t>_x005F_x0041_</t>"),
            ("a\u{1b}b\u{FFFF}", "<t>a_x001B_b_xFFFF_</t>"),
        ] {
            let sheets = sheets(&[row(text)], SHEET_ROWS);
            assert_eq!(sheets.len(), 1);
            let cell = format!("<c r=\"G2\" t=\"inlineStr\"><is>{written}</is></c>");
            assert!(sheets[0].contains(&cell), "{cell} is not in {}", sheets[0]);
            let cells = COLUMNS.len() * 2;
            assert_eq!(sheets[0].matches("<c ").count(), cells);
            assert_eq!(sheets[0].matches("t=\"inlineStr\"").count(), cells);
            assert!(sheets[0].contains("<c r=\"I2\" t=\"inlineStr\"><is><t>fbfans</t></is></c>"));
        }
    }

    #[test]
    fn a_directory_for_temporary_files_that_takes_none_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        try_temporary_files(directory.path()).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        let missing = directory.path().join("missing");
        let refused = try_temporary_files(&missing);
        assert!(matches!(refused, Err(WriteError::Temporary(_))));
    }

    #[test]
    fn a_sheet_that_is_full_is_followed_by_another() {
        let rows: Vec<PublishedRow> = (0..5).map(|no| row(&format!("text {no}"))).collect();
        let sheets = sheets(&rows, 3);
        let rows: Vec<usize> = sheets
            .iter()
            .map(|sheet| sheet.matches("<row ").count())
            .collect();
        assert_eq!(rows, [3, 3, 2]);
        assert!(
            sheets
                .iter()
                .all(|sheet| sheet.contains("<t>match_content</t>"))
        );
        assert!(sheets[2].contains("<t>text 4</t>"));
    }

    #[test]
    fn a_text_that_is_too_long_for_a_cell_is_cut_between_characters() {
        for (text, units) in [
            ("a".repeat(CELL_UNITS), CELL_UNITS),
            ("男".repeat(CELL_UNITS + 1), CELL_UNITS),
            ("👩".repeat(CELL_UNITS), CELL_UNITS - 1),
        ] {
            let cut = fitting(&text);
            assert_eq!(cut.encode_utf16().count(), units);
            let sheets = sheets(&[row(&text)], SHEET_ROWS);
            assert!(sheets[0].contains(&format!("<t>{cut}</t>")));
        }
    }
}
