//! Whole trees of files: synced, removed.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What stands at a path; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Nothing,
    Directory,
    /// A file, a link or the like.
    Other,
}

pub(super) fn standing(path: &Path) -> io::Result<Standing> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(Standing::Directory),
        Ok(_) => Ok(Standing::Other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Standing::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(Standing::Nothing),
        Err(error) => Err(error),
    }
}

/// Makes what stands at a path durable: a file, or a directory with all that is in it. Its own
/// name becomes durable with the directory that it is in.
pub(super) fn sync_tree(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if found.is_file() {
        return open_to_sync(path)?.sync_all();
    }
    if !found.is_dir() {
        // A link is part of its directory; opening a pipe would wait for its other end.
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        sync_tree(&entry?.path())?;
    }
    sync_directory(path)
}

/// A file that its maker may only write can be synced as well.
fn open_to_sync(path: &Path) -> io::Result<File> {
    File::open(path).or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => File::options().write(true).open(path),
        _ => Err(error),
    })
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some file systems have no such operation for directories.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

/// Removes what stands at a path, if anything does. Links are removed, not followed.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    let removed = match standing(path)? {
        Standing::Nothing => return Ok(()),
        Standing::Other => fs::remove_file(path),
        Standing::Directory => match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                // A program may have made directories that it cannot write to.
                make_writable(path)?;
                fs::remove_dir_all(path)
            }
            removed => removed,
        },
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn make_writable(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_writable(&entry.path())?;
        }
    }
    Ok(())
}

/// Directories below `to` that there are below `from`, too, and `to`.
pub(super) fn folders_below(from: &Path, to: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    let mut left = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = left.pop() {
        if standing(&from)? != Standing::Directory || standing(&to)? != Standing::Directory {
            continue;
        }
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                left.push((entry.path(), to.join(entry.file_name())));
            }
        }
        folders.push(to);
    }
    Ok(folders)
}
