//! Makes the file of a SQLite database.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// An empty file is an empty database. One that is there stays.
pub(super) fn make(path: &Path) -> io::Result<()> {
    if path.is_file() {
        return Ok(());
    }
    if path.is_dir() {
        return Err(io::Error::other("it is a directory, expected a file"));
    }
    let folder = path.parent();
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|cause| {
            let folder = folder.display();
            io::Error::other(format!("its directory `{folder}` cannot be made: {cause}"))
        })?;
    }
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened
        .map(drop)
        .map_err(|cause| io::Error::other(format!("the file cannot be made: {cause}")))
}
