//! What a file is, by its content: extensions lie.

use std::io::Cursor;

use serde::{Serialize, Serializer};
use zip::ZipArchive;

use super::encoding::is_utf16;
use crate::systems::prediction::import::ImportError;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Xlsx,
    Xls,
    Ods,
    Csv,
    Tsv,
}

/// Bytes of a text that are looked at to see that it is one.
const SAMPLE: usize = 65_536;

impl Format {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Ods => "ods",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
        }
    }

    /// The format of a file; of texts CSV, which may still turn out to be TSV. `encoding` is what the
    /// mapping says of a text: UTF-16 may have any bytes.
    pub fn detect(bytes: &[u8], encoding: Option<&str>) -> Result<Self, ImportError> {
        let unknown = |found| Err(ImportError::UnknownFormat { found });
        match bytes {
            [] => Err(ImportError::Empty),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => zipped(bytes),
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Ok(Self::Xls),
            [0x1F, 0x8B, ..] => unknown("the file is compressed with gzip"),
            [b'%', b'P', b'D', b'F', ..] => unknown("the file is a PDF document"),
            [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] => {
                unknown("the file is a picture")
            }
            [b'7', b'z', 0xBC, 0xAF, ..] | [b'R', b'a', b'r', b'!', ..] => {
                unknown("the file is an archive")
            }
            [b'S', b'Q', b'L', b'i', b't', b'e', ..] => unknown(
                "the file is a database of \
                SQLite",
            ),
            [0x09, 0 | 2 | 4, 4 | 6, 0, ..] => {
                unknown("the file is a workbook of a version of Excel before 5.0")
            }
            _ if begins_with_tag(
                bytes,
                &["<!doctype html", "<html", "<table", "<head", "<meta"],
            ) =>
            {
                unknown("the file is a web page")
            }
            _ if begins_with_tag(bytes, &["<?xml", "<?mso"]) => {
                unknown("the file is an XML document")
            }
            _ if !encoding.is_some_and(is_utf16) && !is_text(bytes) => {
                unknown("the file is neither a workbook nor a text")
            }
            _ => Ok(Self::Csv),
        }
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

fn zipped(bytes: &[u8]) -> Result<Format, ImportError> {
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Err(ImportError::Damaged {
            format: "zip",
            problem: "its directory cannot be read, as if its end were cut off".to_owned(),
        });
    };
    let names: Vec<String> = (0..archive.len())
        .filter_map(|index| archive.name_for_index(index)?.ok())
        .map(|name| name.replace('\\', "/").to_lowercase())
        .collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if has("xl/workbook.bin") {
        let found = "the file is a binary workbook (xlsb); save it as xlsx";
        return Err(ImportError::UnknownFormat { found });
    }
    if has("content.xml") && has("mimetype") {
        return Ok(Format::Ods);
    }
    if has("[content_types].xml") && !has("word/document.xml") && !has("ppt/presentation.xml") {
        return Ok(Format::Xlsx);
    }
    let found = "the file is a zip archive, not a workbook";
    Err(ImportError::UnknownFormat { found })
}

fn begins_with_tag(bytes: &[u8], tags: &[&str]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_lowercase();
    let head = head.trim_start_matches('\u{FEFF}').trim_start();
    tags.iter().any(|tag| head.starts_with(tag))
}

/// Whether there are few bytes that texts do not have. UTF-16 has NULs, but none of the others.
fn is_text(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    if sample.starts_with(&[0xFF, 0xFE]) || sample.starts_with(&[0xFE, 0xFF]) {
        return true;
    }
    let is_odd = |byte: &&u8| matches!(**byte, 0x01..=0x08 | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F);
    let odd = sample.iter().filter(is_odd).count();
    odd * 200 <= sample.len()
}
