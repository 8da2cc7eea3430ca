//! The directory for temporary files of one attempt.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Directories below this depth are not made writable.
const DEPTH_MAX: usize = 200;

/// Makes it afresh.
pub(super) fn create(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            remove(path)?;
            builder.create(path)
        }
        other => other,
    }
}

/// Removes it with all that is in it, also directories that may not be written to. One that is not there
/// is fine.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    // Most commands leave nothing in it.
    if std::fs::remove_dir(path).is_ok() {
        return Ok(());
    }
    if std::fs::remove_dir_all(path).is_ok() {
        return Ok(());
    }
    open_up(path, 0);
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn open_up(directory: &Path, depth: usize) {
    if depth > DEPTH_MAX
        || std::fs::set_permissions(directory, Permissions::from_mode(0o700)).is_err()
    {
        return;
    }
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        // A link is not followed.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path(), depth + 1);
        }
    }
}
