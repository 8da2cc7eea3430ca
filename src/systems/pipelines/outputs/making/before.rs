//! What stood at a place before a program wrote to it itself (`atomic: false`), so that only
//! what it made there is removed.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::tree::{Standing, remove_tree, standing};

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Before {
    Nothing,
    File(Stamp),
    Directory(Entries),
}

/// By name. Not by the bytes of names: one that is not UTF-8 may be taken for another such one.
type Entries = BTreeMap<String, Entry>;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Entry {
    File(Stamp),
    Directory(Entries),
}

/// Differs if somebody has written to a file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Writes down what stands at `place`, in the file `list`.
pub(super) fn remember(place: &Path, list: &Path) -> io::Result<()> {
    let before = match standing(place)? {
        Standing::Nothing => Before::Nothing,
        Standing::Directory => Before::Directory(entries(place)?),
        Standing::Other => Before::File(Stamp::of(&fs::symlink_metadata(place)?)),
    };
    let text = serde_json::to_vec(&before).map_err(io::Error::other)?;
    let mut file = File::create(list)?;
    file.write_all(&text)?;
    // What the program made could not be told from what was there if this were lost.
    file.sync_all()
}

/// Removes what has been made or changed at `place` since then, and the list. Without a list the
/// program had not begun.
pub(super) fn take_back(place: &Path, list: &Path) -> io::Result<()> {
    let text = match fs::read(list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    // A list that was cut off was not written to its end: the program had not begun.
    if let Ok(before) = serde_json::from_slice(&text) {
        match (before, standing(place)?) {
            (_, Standing::Nothing) => {}
            (Before::File(stamp), Standing::Other) if stamp.is_of(place)? => {}
            (Before::Directory(entries), Standing::Directory) => remove_new(place, &entries)?,
            _ => remove_tree(place)?,
        }
    }
    remove_tree(list)
}

fn entries(folder: &Path) -> io::Result<Entries> {
    let mut entries = Entries::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let known = match entry.file_type()?.is_dir() {
            true => Entry::Directory(self::entries(&entry.path())?),
            false => Entry::File(Stamp::of(&entry.metadata()?)),
        };
        entries.insert(entry.file_name().to_string_lossy().into_owned(), known);
    }
    Ok(entries)
}

fn remove_new(folder: &Path, before: &Entries) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let is_folder = entry.file_type()?.is_dir();
        match before.get(&*entry.file_name().to_string_lossy()) {
            Some(Entry::Directory(before)) if is_folder => remove_new(&path, before)?,
            Some(Entry::File(stamp)) if !is_folder && stamp.is_of(&path)? => {}
            _ => remove_tree(&path)?,
        }
    }
    Ok(())
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        Self {
            inode: found.ino(),
            bytes: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }

    fn is_of(&self, path: &Path) -> io::Result<bool> {
        Ok(*self == Self::of(&fs::symlink_metadata(path)?))
    }
}
