//! Lists a directory instead of asking for each of many names in it.

use std::collections::HashMap;
use std::fs::{self, FileType};
use std::path::Path;

/// From so many names on listing costs less than asking for each.
const LISTED_FROM: usize = 6;

/// How many other names a listing may pass for each that is asked for: a large directory is not
/// listed for a few.
const OTHERS_MAX: usize = 8;

/// Those of the names that are in the directory; `None` if it is not worth it to list it, or
/// cannot be done.
pub(super) fn listed<'n>(
    folder: &Path,
    names: impl ExactSizeIterator<Item = &'n str>,
) -> Option<HashMap<&'n str, FileType>> {
    if names.len() < LISTED_FROM {
        return None;
    }
    let others_max = names.len() * OTHERS_MAX;
    let mut wanted: HashMap<&str, Option<FileType>> = names.map(|name| (name, None)).collect();
    let mut others = 0;
    for entry in fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let name = entry.file_name();
        match name.to_str().and_then(|name| wanted.get_mut(name)) {
            Some(kind) => *kind = Some(entry.file_type().ok()?),
            None => others += 1,
        }
        if others > others_max {
            return None;
        }
    }
    let found = wanted.into_iter();
    Some(
        found
            .filter_map(|(name, kind)| Some((name, kind?)))
            .collect(),
    )
}
