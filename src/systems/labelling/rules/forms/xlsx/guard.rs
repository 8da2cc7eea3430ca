//! Looks at an archive before anything unpacks it: what it unpacks to, and how many texts its table claims to have.

use std::io::{Cursor, Read, copy, sink};

use zip::ZipArchive;
use zip::result::ZipError;

/// Bytes of all parts, unpacked.
const UNPACKED_MAX: u64 = 512 << 20;

/// Parts of an archive.
pub(in crate::systems::labelling::rules::forms) const PARTS_MAX: usize = 200_000;

/// Bytes of the least entry of the table of texts.
const TEXT_MIN: u64 = 5;

/// Bytes at the beginning of that table which hold its count.
const TABLE_START: u64 = 4_096;

/// Opens an archive whose parts unpack to no more than is allowed, whatever it says that they do.
pub(in crate::systems::labelling::rules::forms) fn open(
    bytes: &[u8],
) -> Result<ZipArchive<Cursor<&[u8]>>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    if archive.len() > PARTS_MAX {
        return Err(format!("it has more than {PARTS_MAX} parts"));
    }
    let mut left = UNPACKED_MAX;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
                "it is protected by a password".to_owned()
            }
            error => error.to_string(),
        })?;
        // Parts may overlap, so that each counts.
        let unpacked = copy(&mut part.take(left + 1), &mut sink());
        let unpacked = unpacked.map_err(|error| error.to_string())?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            let most = UNPACKED_MAX >> 20;
            format!("it unpacks to more than {most} MiB")
        })?;
    }
    Ok(archive)
}

/// The library makes room for as many texts as the table says that it has.
pub(super) fn check_texts(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<(), String> {
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| error.to_string())?;
        let is_table = part
            .name()
            .is_ok_and(|name| name.to_lowercase().ends_with("sharedstrings.xml"));
        if !is_table {
            continue;
        }
        let size = part.size();
        let mut start = Vec::new();
        let read = part.take(TABLE_START).read_to_end(&mut start);
        read.map_err(|error| error.to_string())?;
        let start = String::from_utf8_lossy(&start);
        let claimed = start.split("uniqueCount").nth(1).map_or(0, |rest| {
            let digits = rest.trim_start_matches([' ', '=', '"', '\'']);
            let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().unwrap_or(u64::MAX)
        });
        if claimed > size / TEXT_MIN + 1 && start.contains("uniqueCount=") {
            return Err(format!(
                "its table of texts is said to have {claimed} entries, and has room for fewer"
            ));
        }
    }
    Ok(())
}
