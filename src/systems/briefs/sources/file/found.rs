//! Finds the files of a pattern. None outside of the folder is read, wherever links lead.

use std::fs;
use std::path::{Path, PathBuf};

/// More files are a mistake.
const FILES_MAX: usize = 10_000;

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub path: PathBuf,
    /// Its path below the folder, for people.
    pub shown: String,
}

/// In the order of their names.
pub(super) fn files(folder: &Path, pattern: &str) -> Result<Vec<Found>, String> {
    let root = fs::canonicalize(folder).map_err(|_| "`briefs.files` cannot be read".to_owned())?;
    let escaped = glob::Pattern::escape(&root.to_string_lossy());
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let paths = glob::glob_with(&format!("{escaped}/{pattern}"), options);
    let paths = paths.map_err(|error| format!("invalid pattern: {}", error.msg))?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.map_err(|_| "a folder cannot be read".to_owned())?;
        let shown = path.strip_prefix(&root).unwrap_or(&path);
        let shown = shown.display().to_string();
        let real = fs::canonicalize(&path).map_err(|error| format!("{shown}: {error}"))?;
        if !real.starts_with(&root) {
            return Err(format!("{shown} leads out of `briefs.files`"));
        }
        if real.is_file() {
            found.push(Found { path: real, shown });
        }
        if found.len() > FILES_MAX {
            return Err(format!("`{pattern}` finds more than {FILES_MAX} files"));
        }
    }
    found.sort_by(|one, other| one.shown.cmp(&other.shown));
    Ok(found)
}
