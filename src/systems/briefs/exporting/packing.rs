//! Packs the files of an export into one zip, and finds them there again.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::about::About;
use super::fault::{ExportFault, failed_to};
use super::figures::Figures;
use super::making::{ANALYSIS, KEYWORDS, TOPICS, WORDS};
use super::manifest::{self, ExportedFile};

pub(super) const MANIFEST: &str = "manifest.json";

const PACK: &str = "pack an export";

/// A zip that is complete and durable, under the name that it has meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    pub bytes: u64,
    pub sha256: String,
    pub manifest: String,
}

/// Where a file of a zip is, which is stored as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub offset: u64,
    pub bytes: u64,
}

/// Packs what [`super::making::make`] has left in a folder into a new file.
pub(super) fn pack(
    about: &About,
    figures: &Figures,
    folder: &Path,
    to: &Path,
) -> Result<Packed, ExportFault> {
    let file = File::create_new(to).map_err(failed_to(PACK))?;
    let mut zip = ZipWriter::new(BufWriter::with_capacity(1 << 20, file));
    let name = about.name();
    let mut files = Vec::new();
    for file in [KEYWORDS, ANALYSIS, WORDS, TOPICS] {
        if let Some(mut from) = opened(&folder.join(file))? {
            zip.start_file(format!("{name}/{file}"), options())
                .map_err(ExportFault::Zip)?;
            let mut digested = Digested::of(&mut zip);
            io::copy(&mut from, &mut digested).map_err(failed_to(PACK))?;
            files.push(digested.into_file(file));
        }
    }
    let manifest = manifest::written(about, figures, &files);
    zip.start_file(format!("{name}/{MANIFEST}"), options())
        .map_err(ExportFault::Zip)?;
    zip.write_all(manifest.as_bytes())
        .map_err(failed_to(PACK))?;
    let packed = zip.finish().map_err(ExportFault::Zip)?;
    let packed = packed.into_inner().map_err(|error| error.into_error());
    let packed = packed.map_err(failed_to(PACK))?;
    packed.sync_all().map_err(failed_to(PACK))?;
    let written = digest(to).map_err(failed_to(PACK))?;
    Ok(Packed {
        bytes: written.bytes,
        sha256: written.sha256,
        manifest,
    })
}

/// What is packed is compressed already; the manifest is small, and all of it can be read in place. No times, so that
/// the same files make the same bytes.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644)
        .large_file(false)
}

fn opened(path: &Path) -> Result<Option<File>, ExportFault> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        // There are no pictures without a font.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed_to(PACK)(error)),
    }
}

/// The digest of a file, and how long it is.
pub(super) fn digest(path: &Path) -> io::Result<ExportedFile> {
    let mut nowhere = io::sink();
    let mut digested = Digested::of(&mut nowhere);
    io::copy(
        &mut BufReader::with_capacity(256 << 10, File::open(path)?),
        &mut digested,
    )?;
    Ok(digested.into_file(""))
}

/// Looks a file up in a zip, by its name with that of the folder.
pub(super) fn find(zip: &Path, name: &str) -> Result<Option<Member>, ExportFault> {
    let file = File::open(zip).map_err(failed_to("open an export"))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(ExportFault::Zip)?;
    let found = match archive.by_name(name) {
        Ok(found) => found,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(ExportFault::Zip(error)),
    };
    Ok(found.data_start().map(|offset| Member {
        offset,
        bytes: found.size(),
    }))
}

/// Digests what is written through it.
struct Digested<'w, W> {
    to: &'w mut W,
    digest: Sha256,
    bytes: u64,
}

impl<'w, W: Write> Digested<'w, W> {
    fn of(to: &'w mut W) -> Self {
        Self {
            to,
            digest: Sha256::new(),
            bytes: 0,
        }
    }

    fn into_file(self, name: &str) -> ExportedFile {
        let digest = self.digest.finalize();
        ExportedFile {
            name: name.to_owned(),
            bytes: self.bytes,
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl<W: Write> Write for Digested<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
