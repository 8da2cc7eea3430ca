//! Opens a file, whatever it is, and reads its sheets one by one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::budget::{Budget, Limits};
use super::csv;
use super::format::Format;
use super::grid::Grid;
use super::ods::Ods;
use super::xls::Xls;
use super::xlsx::Xlsx;
use crate::systems::prediction::import::ImportError;

/// A sheet as its workbook lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub name: String,
    pub is_hidden: bool,
}

/// A file that was opened.
pub(crate) struct Workbook {
    /// As its owner calls it; a path is cut off.
    pub name: String,
    pub sha256: String,
    pub format: Format,
    pub sheets: Vec<Sheet>,
    budget: Budget,
    reader: Reader,
}

enum Reader {
    Xlsx(Box<Xlsx>),
    Xls(Box<Xls>),
    Ods(Ods),
    /// The only sheet of a text.
    Text(Option<Grid>),
}

impl Workbook {
    /// Opens a file. `encoding` is that of CSV and TSV; `None`: detected.
    pub fn open(
        name: &str,
        bytes: &Arc<[u8]>,
        encoding: Option<&str>,
        limits: Limits,
    ) -> Result<Self, ImportError> {
        let size = bytes.len() as u64;
        if size > limits.bytes {
            let most = limits.bytes;
            return Err(ImportError::TooLarge { bytes: size, most });
        }
        let budget = Budget::begin(limits);
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let format = Format::detect(bytes, encoding)?;
        let opened = guarded(format, || {
            Ok(match format {
                Format::Xlsx => {
                    let (reader, sheets) = Xlsx::open(bytes, budget)?;
                    (format, Reader::Xlsx(Box::new(reader)), sheets)
                }
                Format::Xls => {
                    let (reader, sheets) = Xls::open(bytes, budget)?;
                    (format, Reader::Xls(Box::new(reader)), sheets)
                }
                Format::Ods => {
                    let (reader, sheets) = Ods::open(bytes, budget)?;
                    (format, Reader::Ods(reader), sheets)
                }
                Format::Csv | Format::Tsv => {
                    let (format, grid) = csv::read(stem(name), bytes, encoding, budget)?;
                    let sheet = Sheet {
                        name: stem(name).to_owned(),
                        is_hidden: false,
                    };
                    (format, Reader::Text(Some(grid)), vec![sheet])
                }
            })
        });
        let (format, reader, sheets) = opened?;
        let sha256 = Sha256::digest(bytes);
        Ok(Self {
            name: name.to_owned(),
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            format,
            sheets,
            budget,
            reader,
        })
    }

    /// Whether it has no sheets that could be chosen from.
    pub fn is_text(&self) -> bool {
        matches!(self.format, Format::Csv | Format::Tsv)
    }

    /// What is left of the time, for those who go on with its cells.
    pub const fn budget(&self) -> Budget {
        self.budget
    }

    /// The cells of a sheet, by its place in `sheets`. That of a text is handed out once.
    pub fn grid(&mut self, index: usize) -> Result<Grid, ImportError> {
        self.budget.check_time()?;
        let Some(sheet) = self.sheets.get(index) else {
            return Ok(Grid::default());
        };
        let budget = self.budget;
        let reader = &mut self.reader;
        guarded(self.format, || match reader {
            Reader::Xlsx(reader) => reader.grid(&sheet.name, budget),
            Reader::Xls(reader) => reader.grid(index, budget),
            Reader::Ods(reader) => reader.grid(index, budget),
            Reader::Text(grid) => Ok(grid.take().unwrap_or_default()),
        })
    }
}

/// A file's name without its extension.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// A panic of a reader fails one file.
fn guarded<T>(
    format: Format,
    read: impl FnOnce() -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let failed = ImportError::ReaderFailed {
        format: format.name(),
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(failed))
}
