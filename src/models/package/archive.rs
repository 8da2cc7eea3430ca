//! Packages as zip archives, which may be hostile.

use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::sync::Arc;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::files::Files;
use super::upload::PackageLimits;
use crate::models::refusal::Refusal;

/// What unpacks to more than this many times its size, and is not small, is taken for a bomb. Models of repeated
/// numbers come to 50.
const RATIO_MAX: u64 = 200;

/// Below this a ratio says nothing.
const SMALL: u64 = 1 << 20;

/// The most by which deflate makes bytes less.
const DEFLATE_RATIO_MAX: u64 = 1032;

pub(super) struct Archive {
    zip: ZipArchive<Cursor<Arc<[u8]>>>,
    names: Vec<String>,
    /// Positions in the zip, by those of the names.
    positions: Vec<usize>,
    limits: PackageLimits,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl Archive {
    pub fn open(bytes: Arc<[u8]>, limits: &PackageLimits) -> Result<Self, Refusal> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if zip.len() > limits.files {
            return Err(Refusal::new(format!(
                "the zip has {} entries; a package may have {}",
                zip.len(),
                limits.files
            )));
        }
        if zip.has_duplicate_names() {
            return Err(Refusal::new("the zip has two entries with the same name"));
        }
        let mut archive = Self {
            zip,
            names: Vec::new(),
            positions: Vec::new(),
            limits: *limits,
            left: limits.bytes,
        };
        archive.list()?;
        Ok(archive)
    }

    fn list(&mut self) -> Result<(), Refusal> {
        let mut folded = HashSet::new();
        for position in 0..self.zip.len() {
            let entry = self.zip.by_index_data(position).map_err(damaged)?;
            let name = match entry.name() {
                Ok(name) => name.replace('\\', "/"),
                Err(_) => String::from_utf8_lossy(entry.name_raw()).replace('\\', "/"),
            };
            if leaves(&name) {
                return Err(Refusal::new(format!(
                    "the zip has the entry {name:?}, whose path leads out of it"
                )));
            }
            if entry.encrypted() {
                return Err(Refusal::new(format!(
                    "the zip's entry {name:?} is encrypted; a package must not have a password"
                )));
            }
            if entry.is_symlink() {
                return Err(Refusal::new(format!(
                    "the zip's entry {name:?} is a link; a package may only have files"
                )));
            }
            if entry.is_dir() {
                continue;
            }
            if !folded.insert(name.clone()) {
                return Err(Refusal::new(format!(
                    "the zip has the entry {name:?} twice"
                )));
            }
            self.names.push(name);
            self.positions.push(position);
        }
        Ok(())
    }
}

impl Files for Archive {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn content(&mut self, index: usize) -> Result<Vec<u8>, Refusal> {
        let name = &self.names[index];
        let entry = self.zip.by_index(self.positions[index]);
        let entry = entry.map_err(|error| {
            Refusal::new(format!("the zip's entry {name:?} cannot be read: {error}"))
        })?;
        let method = entry.compression();
        if !matches!(
            method,
            CompressionMethod::Stored | CompressionMethod::Deflated
        ) {
            return Err(Refusal::new(format!(
                "the zip's entry {name:?} is packed with the method {method}; expected deflate, or no compression"
            )));
        }
        let packed = entry.compressed_size();
        let largest = packed.saturating_mul(DEFLATE_RATIO_MAX).min(self.left);
        let expected = usize::try_from(entry.size().min(largest)).unwrap_or(0);
        let mut content = Vec::with_capacity(expected);
        entry
            .take(self.left + 1)
            .read_to_end(&mut content)
            .map_err(|_| {
                Refusal::new(format!("the zip's entry {name:?} is damaged: it cannot be unpacked, or its checksum differs"))
            })?;
        let unpacked = content.len() as u64;
        if unpacked > SMALL && unpacked > packed.saturating_mul(RATIO_MAX) {
            return Err(Refusal::new(format!(
                "the zip's entry {name:?} unpacks to more than {RATIO_MAX} times its size, as only bombs do"
            )));
        }
        let left = self.left.checked_sub(unpacked);
        self.left = left.ok_or_else(|| self.limits.too_large())?;
        Ok(content)
    }
}

/// Whether a path is absolute or has steps upwards.
fn leaves(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with('/')
        || has_drive
        || name.contains('\0')
        || name.split('/').any(|step| step == "..")
}

fn damaged(error: ZipError) -> Refusal {
    Refusal::new(format!("the zip is damaged: {error}"))
}
