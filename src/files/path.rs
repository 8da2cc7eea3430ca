//! Where a file is: parts, none of which leads out of its folder.

use std::fmt;

use object_store::path::Path;

use super::{FilesError, Result};

/// Bytes of a name: file systems take 255, of which something is appended while a file is written.
pub const FILE_NAME_MAX: usize = 200;

/// The path of a file or of a folder of files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePath(pub(super) Path);

impl FilePath {
    /// Refuses parts that are not [file names](is_file_name).
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let parts: Vec<&str> = parts.into_iter().collect();
        let path = parts.join("/");
        let parsed = Path::parse(&path).ok();
        match parsed.filter(|_| parts.iter().all(|part| is_file_name(part))) {
            Some(path) => Ok(Self(path)),
            None => Err(FilesError::Path { path }),
        }
    }

    /// The parts, such as `job`, `<id>`, `1`, `report.zip`.
    pub fn parts(&self) -> Vec<String> {
        let parts = self.0.parts();
        parts.map(|part| part.as_ref().to_owned()).collect()
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}", self.0)
    }
}

/// Whether a file can have this name in a directory as well as in a bucket.
pub fn is_file_name(name: &str) -> bool {
    // A name that ends with `#` and digits is that of a file that is being written.
    const REFUSED: &[char] = &['/', '\\', '#'];
    !name.is_empty()
        && name.len() <= FILE_NAME_MAX
        && name != "."
        && name != ".."
        && !name.contains(REFUSED)
        && !name.chars().any(char::is_control)
}
