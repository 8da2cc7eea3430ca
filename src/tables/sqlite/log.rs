//! The log of a file in WAL mode, beside it.
//!
//! SQLite reads such a file only with the log (`-wal`) and an index of it (`-shm`), and makes both if
//! they are not there. Where it may not, as in a directory without the right to write, the file is read
//! as one that nobody changes, provided that there is no log: then nobody has it open.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// How a file that nobody changes is opened.
pub(super) const IMMUTABLE: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_URI);

/// Why the log, or its index, cannot be opened or made.
pub(super) fn out_of_reach(connection: &Connection) -> Option<rusqlite::Error> {
    let looked = connection.query_row("PRAGMA schema_version", [], |_| Ok(()));
    // Anything else shows when something is read.
    looked.err().filter(is_out_of_reach)
}

/// Whether nobody has the file open, and all there is stands in it.
pub(super) fn may_be_left_out(path: &Path) -> bool {
    !beside(path, "-shm").is_file() && !has_log(path)
}

/// Whether there are changes that cannot be read without the right to write to the directory.
pub(in crate::tables) fn holds_changes_out_of_reach(path: &Path, error: &rusqlite::Error) -> bool {
    is_out_of_reach(error) && has_log(path) && !beside(path, "-shm").is_file()
}

fn is_out_of_reach(error: &rusqlite::Error) -> bool {
    // The latter of a user who may read the directory, but not write to it.
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// The name under which SQLite opens a file as one that nobody changes.
pub(super) fn immutable(path: &Path) -> PathBuf {
    let mut uri = String::from(if path.is_absolute() {
        "file://"
    } else {
        "file:"
    });
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri.into()
}

fn has_log(path: &Path) -> bool {
    let log = beside(path, "-wal").metadata();
    log.is_ok_and(|log| log.is_file() && log.len() > 0)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;
    use crate::tables::sqlite::SqliteSession;

    /// A file in WAL mode with a row; the log holds it if it is kept.
    fn file(place: &TempDir, name: &str, keeps_log: bool) -> PathBuf {
        let made = place.path().join("made.db");
        let connection = Connection::open(&made).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)",
            )
            .unwrap();
        let path = place.path().join(name);
        if keeps_log {
            fs::copy(beside(&made, "-wal"), beside(&path, "-wal")).unwrap();
        } else {
            connection.close().unwrap();
        }
        fs::copy(&made, &path).unwrap();
        // Nobody can make a file there, not even root.
        symlink("/nowhere/index", beside(&path, "-shm")).unwrap();
        path
    }

    fn read(path: &Path) -> rusqlite::Result<i64> {
        let session = SqliteSession::open_to_read(path)?;
        session
            .connection()
            .query_row("SELECT a FROM t", [], |row| row.get(0))
    }

    #[test]
    fn a_file_without_a_log_is_read_where_nothing_can_be_written() {
        for name in ["posts.db", "a?b#c%41 男.db"] {
            let place = TempDir::new().unwrap();
            assert_eq!(read(&file(&place, name, false)).unwrap(), 7, "{name}");
        }
    }

    #[test]
    fn changes_in_a_log_that_cannot_be_read_are_not_passed_over() {
        let place = TempDir::new().unwrap();
        let path = file(&place, "posts.db", true);
        let error = read(&path).unwrap_err();
        assert!(holds_changes_out_of_reach(&path, &error), "{error}");
    }
}
