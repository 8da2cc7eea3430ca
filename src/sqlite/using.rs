//! Whether a file can be used, found out without writing to it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::why_it_cannot_be_made;

/// What SQLite keeps beside a file while it is used.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Why a file can be neither written nor made; `None`: as far as can be seen, it can.
pub(crate) fn why_it_cannot_be_used(file: &Path) -> Option<String> {
    if !file.is_file() {
        return match file.exists() {
            // What it is instead is said when it is opened.
            true => None,
            false => why_it_cannot_be_made(file),
        };
    }
    let rights = Access::READ_OK | Access::WRITE_OK;
    if let Err(cause) = access(file, rights) {
        return Some(format!("the file cannot be written: {cause}"));
    }
    let beside = BESIDE.map(|ending| beside(file, ending));
    let there = beside.iter().filter(|path| path.exists());
    for path in there.clone() {
        if let Err(cause) = access(path.as_path(), rights) {
            let shown = path.display();
            return Some(format!("`{shown}` beside it cannot be written: {cause}"));
        }
    }
    if there.count() == BESIDE.len() {
        return None;
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let cause = access(folder, Access::WRITE_OK | Access::EXEC_OK).err()?;
    let shown = folder.display();
    Some(format!(
        "its directory `{shown}` cannot be written, and SQLite keeps files beside it: {cause}"
    ))
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    PathBuf::from(name)
}
