//! Zip archives of workbooks: what they unpack to is counted before anything reads them.

use std::io::{Cursor, Read};
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;
use zip::result::ZipError;

use super::budget::Budget;
use super::scan;
use crate::systems::prediction::import::ImportError;

pub(super) type Archive = ZipArchive<Cursor<Arc<[u8]>>>;

/// The most by which deflate makes bytes less.
const RATIO_MAX: u64 = 1032;

/// Parts of an archive.
const PARTS_MAX: usize = 20_000;

/// Opens an archive and counts what its parts unpack to, whatever it says that they do.
pub(super) fn open(
    format: &'static str,
    bytes: &Arc<[u8]>,
    budget: Budget,
) -> Result<Archive, ImportError> {
    let damaged = |problem: String| ImportError::Damaged { format, problem };
    let mut archive = ZipArchive::new(Cursor::new(Arc::clone(bytes)))
        .map_err(|error| damaged(error.to_string()))?;
    if archive.len() > PARTS_MAX {
        let problem = "it has more than 20000 parts";
        return Err(ImportError::NotReadable { format, problem });
    }
    let most = budget.limits.unpacked_bytes;
    let mut left = most;
    for index in 0..archive.len() {
        let part = archive.by_index(index);
        let part = part.map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => ImportError::Password,
            error => damaged(error.to_string()),
        })?;
        // What deflate cannot make too large need not be unpacked to know it. Parts may overlap, so that
        // each counts.
        let largest = part.compressed_size().saturating_mul(RATIO_MAX);
        if let Some(rest) = left.checked_sub(largest) {
            left = rest;
            continue;
        }
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        let unpacked = unpacked.map_err(|error| damaged(error.to_string()))?;
        left = left
            .checked_sub(unpacked)
            .ok_or(budget.unpacks_too_large())?;
        budget.check_time()?;
    }
    scan::check(format, &mut archive, budget)?;
    Ok(archive)
}

/// A part of an archive, by its name without regard to cases; `None` if there is none.
pub(super) fn part<'a>(archive: &'a mut Archive, name: &str) -> Option<impl Read + use<'a>> {
    let index = (0..archive.len()).find(|index| {
        part_name(archive, *index).is_some_and(|own| own.eq_ignore_ascii_case(name))
    })?;
    archive.by_index(index).ok()
}

/// The name of a part, as workbooks refer to it.
pub(super) fn part_name(archive: &Archive, index: usize) -> Option<String> {
    let name = archive.name_for_index(index)?.ok()?;
    Some(name.replace('\\', "/"))
}

/// Goes over the elements of an XML document until one is refused: their names without prefixes.
pub(super) fn elements(
    xml: impl Read,
    mut visit: impl FnMut(&str, &BytesStart<'_>) -> bool,
) -> Result<(), quick_xml::Error> {
    let mut reader = Reader::from_reader(std::io::BufReader::new(xml));
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.local_name();
                if !visit(name.into_inner(), &element) {
                    return Ok(());
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// An attribute, by its name without its prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    let mut attributes = attributes.flatten();
    let found = attributes.find(|attribute| attribute.key.local_name().into_inner() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0);
    value.ok().map(|value| value.into_owned())
}
