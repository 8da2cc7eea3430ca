//! The files of a set of the settings: whether they have changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What files look like from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(Vec<(PathBuf, Option<SystemTime>, u64)>);

impl Fingerprint {
    /// Of a file, or of a directory with the folders in it.
    pub fn of(path: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        let metadata = fs::metadata(path)?;
        files.push((path.to_owned(), metadata.modified().ok(), metadata.len()));
        if metadata.is_dir() {
            add_directory(path, true, &mut files)?;
        }
        files.sort_unstable();
        Ok(Self(files))
    }
}

fn add_directory(
    directory: &Path,
    with_folders: bool,
    files: &mut Vec<(PathBuf, Option<SystemTime>, u64)>,
) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        // One that was removed meanwhile makes a difference the next time.
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        if metadata.is_dir() && with_folders {
            add_directory(&path, false, files)?;
        }
        files.push((path, metadata.modified().ok(), metadata.len()));
    }
    Ok(())
}
