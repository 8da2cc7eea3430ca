//! What ended attempts have left empty, for the next ones: a directory for temporary files, a record.
//!
//! File systems such as ext4 keep the numbers of removed files back for minutes and pass over each of them
//! when a file is made: thousands of short attempts would slow each other down.

use std::fs::{File, OpenOptions, read_dir};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::temporary;

/// More are removed.
const KEPT: usize = 64;

/// As a directory for temporary files is made.
const MODE: u32 = 0o700;

pub(super) struct Spares {
    place: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    directories: Vec<PathBuf>,
    records: Vec<PathBuf>,
    last: u64,
}

impl Kept {
    fn next(&mut self, place: &Path) -> PathBuf {
        self.last += 1;
        place.join(self.last.to_string())
    }
}

impl Spares {
    /// What an earlier executor has left in this place is removed.
    pub(super) fn at(place: PathBuf) -> io::Result<Self> {
        for entry in read_dir(&place)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => temporary::remove(&entry.path())?,
                false => std::fs::remove_file(entry.path())?,
            }
        }
        Ok(Self {
            place,
            kept: Mutex::default(),
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an empty directory for temporary files.
    pub(super) fn make_directory(&self, path: &Path) -> io::Result<()> {
        let spare = self.kept().directories.pop();
        match spare {
            // It does not take the place of one in which something is.
            Some(spare) if std::fs::rename(&spare, path).is_ok() => Ok(()),
            _ => temporary::create(path),
        }
    }

    /// Removes it with all that is in it.
    pub(super) fn put_directory(&self, path: &Path) -> io::Result<()> {
        if !is_as_made(path) {
            return temporary::remove(path);
        }
        let mut kept = self.kept();
        if kept.directories.len() < KEPT {
            let spare = kept.next(&self.place);
            if std::fs::rename(path, &spare).is_ok() {
                kept.directories.push(spare);
                return Ok(());
            }
        }
        temporary::remove(path)
    }

    /// Makes an empty record, to be appended to. There is none at this path yet.
    pub(super) fn make_record(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true);
        let spare = self.kept().records.pop();
        if let Some(spare) = spare
            && !path.try_exists()?
            && std::fs::rename(spare, path).is_ok()
        {
            return options.open(path);
        }
        options.create_new(true).mode(0o600).open(path)
    }

    /// Removes a record. One that is not there is fine.
    pub(super) fn put_record(&self, path: &Path) {
        let mut kept = self.kept();
        if kept.records.len() < KEPT {
            let spare = kept.next(&self.place);
            // Not emptied before: without its lines, it would be that of an attempt that was lost.
            if std::fs::rename(path, &spare).is_ok() {
                let emptied = OpenOptions::new().write(true).truncate(true).open(&spare);
                if emptied.is_ok() {
                    kept.records.push(spare);
                }
                return;
            }
        }
        std::fs::remove_file(path).ok();
    }
}

/// Nothing is in it, and it is open to its owner alone.
fn is_as_made(path: &Path) -> bool {
    let is_own = std::fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.is_dir() && metadata.permissions().mode() & 0o7777 == MODE);
    is_own && read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::MetadataExt;

    use tempfile::TempDir;

    use super::*;

    fn spares(folder: &TempDir) -> Spares {
        let place = folder.path().join("spare");
        fs::create_dir_all(&place).unwrap();
        Spares::at(place).unwrap()
    }

    #[test]
    fn a_directory_is_used_again_only_as_it_was_made() {
        let folder = TempDir::new().unwrap();
        let spares = spares(&folder);
        let path = |name: &str| folder.path().join(name);
        spares.make_directory(&path("a")).unwrap();
        let inode = fs::metadata(path("a")).unwrap().ino();
        spares.put_directory(&path("a")).unwrap();
        assert!(!path("a").exists());
        spares.make_directory(&path("b")).unwrap();
        assert_eq!(fs::metadata(path("b")).unwrap().ino(), inode);
        fs::write(path("b/x"), "x").unwrap();
        spares.put_directory(&path("b")).unwrap();
        spares.make_directory(&path("c")).unwrap();
        assert_eq!(fs::read_dir(path("c")).unwrap().count(), 0);
        fs::set_permissions(path("c"), fs::Permissions::from_mode(0o777)).unwrap();
        spares.put_directory(&path("c")).unwrap();
        spares.make_directory(&path("d")).unwrap();
        assert_eq!(fs::metadata(path("d")).unwrap().mode() & 0o7777, MODE);
    }

    #[test]
    fn a_record_is_used_again_empty_and_takes_the_place_of_none() {
        let folder = TempDir::new().unwrap();
        let spares = spares(&folder);
        let path = |name: &str| folder.path().join(name);
        spares
            .make_record(&path("a"))
            .unwrap()
            .write_all(b"one\n")
            .unwrap();
        spares.put_record(&path("a"));
        assert!(!path("a").exists());
        spares
            .make_record(&path("b"))
            .unwrap()
            .write_all(b"two\n")
            .unwrap();
        assert_eq!(fs::read_to_string(path("b")).unwrap(), "two\n");
        assert!(spares.make_record(&path("b")).is_err());
        spares.put_record(&path("b"));
        spares.put_record(&path("none"));
        fs::write(path("c"), "three\n").unwrap();
        assert!(spares.make_record(&path("c")).is_err());
        assert_eq!(fs::read_to_string(path("c")).unwrap(), "three\n");
    }

    #[test]
    fn what_was_left_is_removed() {
        let folder = TempDir::new().unwrap();
        let before = spares(&folder);
        before.make_directory(&folder.path().join("a")).unwrap();
        before.put_directory(&folder.path().join("a")).unwrap();
        before.make_record(&folder.path().join("b")).unwrap();
        before.put_record(&folder.path().join("b"));
        drop(before);
        spares(&folder);
        let left = fs::read_dir(folder.path().join("spare")).unwrap();
        assert_eq!(left.count(), 0);
    }
}
