//! Writes documents to files: whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::outcome::{FAULTY, Outcome};
use crate::process::print_bytes;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::forms::{Expressions, Form, save_tree, write, write_tree};

/// Where a document goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File(PathBuf),
    /// Of TSV files.
    Directory(PathBuf),
    StandardOutput,
}

impl Target {
    /// A tree of TSV files goes to a directory, unless its path ends with .zip.
    pub fn of(path: &Path, form: Form) -> Self {
        let is_zip = Form::of_path(path) == Some(Form::Tsv);
        match form {
            _ if path == Path::new("-") => Self::StandardOutput,
            Form::Tsv if !is_zip => Self::Directory(path.to_owned()),
            _ => Self::File(path.to_owned()),
        }
    }
}

/// Whether anything is different there now; an outcome if it could not be written.
pub(super) fn save(
    document: &Document,
    form: Form,
    style: Expressions,
    target: &Target,
) -> Result<(), Outcome> {
    let refused = |findings| Outcome {
        code: FAULTY,
        ..Outcome::faulty(&findings, false)
    };
    match target {
        Target::Directory(path) => {
            let tree = write_tree(document, style).map_err(refused)?;
            save_tree(path, &tree).map_err(|error| failed(path, &error))
        }
        Target::File(path) => {
            let bytes = write(form, document, style).map_err(refused)?;
            replace(path, &bytes).map_err(|error| failed(path, &error))
        }
        Target::StandardOutput => {
            let bytes = write(form, document, style).map_err(refused)?;
            let printed = print_bytes(&bytes).map(drop);
            printed.map_err(|error| failed(Path::new("-"), &error))
        }
    }
}

/// A file that is cut off by a full disk would be taken for the rules.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = PathBuf::from(name);
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        fs::remove_file(&temporary).ok();
    }
    written
}

fn failed(path: &Path, error: &io::Error) -> Outcome {
    Outcome::bad_usage(&format!("failed to write `{}`: {error}", path.display()))
}
