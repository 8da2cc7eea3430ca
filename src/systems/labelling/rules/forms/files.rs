//! Trees of TSV files on a disk and in a zip archive.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::{Component, Path};
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::tsv::{LABELS, SET_FILE, Tree};
use super::xlsx::open_archive;
use crate::small_file;
use crate::systems::labelling::rules::document::limits::{DOCUMENT_BYTES, LABELS as LABELS_MAX};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::set::Place;

/// The tree of an archive. Whoever zips a folder has the folder in the archive: it is passed over.
pub fn unzip(file: &str, bytes: &[u8], findings: &mut Findings) -> Tree {
    let mut fault = |name: &str, message: String| {
        let place = match name {
            "" => file.to_owned(),
            name => format!("{file}:{name}"),
        };
        findings.push(Finding::new(Code::E01, whole(&place), message));
    };
    let mut archive = match open_archive(bytes) {
        Ok(archive) => archive,
        Err(problem) => {
            fault("", format!("failed to read the archive: {problem}"));
            return Tree::new();
        }
    };
    let (mut tree, mut left) = (Tree::new(), DOCUMENT_BYTES as u64);
    for index in 0..archive.len() {
        let part = match archive.by_index(index) {
            Ok(part) => part,
            Err(error) => {
                fault("", format!("failed to read the archive: {error}"));
                return Tree::new();
            }
        };
        let Ok(name) = part.name().map(|name| name.into_owned()) else {
            fault("", "it has a name that is no text".to_owned());
            continue;
        };
        if part.is_dir() || is_passed_over(&name) {
            continue;
        }
        if !is_inside(&name) {
            fault(&name, "a path that leads out of the archive".to_owned());
            continue;
        }
        let mut content = Vec::new();
        match part.take(left + 1).read_to_end(&mut content) {
            Ok(length) if length as u64 <= left => left -= length as u64,
            Ok(_) => {
                let most = DOCUMENT_BYTES >> 20;
                fault(
                    &name,
                    format!("the files have more than {most} MiB together"),
                );
                return Tree::new();
            }
            Err(error) => fault(&name, format!("failed to unpack: {error}")),
        }
        tree.push((name, content));
    }
    without_folder(&mut tree);
    tree
}

/// The archive of a tree. It holds no times, so that the same tree makes the same bytes.
pub fn zip(tree: &Tree) -> io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    for (path, content) in tree {
        writer.start_file(path.as_str(), options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The tree of a directory. Hidden files, which editors leave, and texts about the rules are passed over.
pub fn read_directory(directory: &Path, findings: &mut Findings) -> io::Result<Tree> {
    let mut tree = Tree::new();
    let mut left = DOCUMENT_BYTES as u64;
    let folders = [(directory.to_owned(), ""), (directory.join(LABELS), LABELS)];
    for (folder, before) in folders {
        if !folder.is_dir() {
            continue;
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                let message = format!("{before}: a name that is not UTF-8");
                findings.push(Finding::new(Code::E02, Place::Unknown, message));
                continue;
            };
            if !is_passed_over(&name) && entry.path().is_file() {
                names.push(name);
            }
            if names.len() > 2 * LABELS_MAX + 2 {
                return Err(io::Error::other("it has more files than a set has labels"));
            }
        }
        names.sort_unstable();
        for name in names {
            let content = small_file::read_at_most(&folder.join(&name), left);
            let content = content.map_err(|error| {
                let reason = format!("{before}{name}: {error}");
                io::Error::new(error.kind(), reason)
            })?;
            left -= content.len() as u64;
            tree.push((format!("{before}{name}"), content));
        }
    }
    Ok(tree)
}

/// Writes a tree into a directory that is empty or holds another version of it: of that, labels that are no more are
/// removed.
pub fn write_directory(directory: &Path, tree: &Tree) -> io::Result<()> {
    let labels = directory.join(LABELS);
    let is_ours = directory.join(SET_FILE).is_file();
    if directory.is_dir() && !is_ours && fs::read_dir(directory)?.next().is_some() {
        let reason = format!("the directory is not empty and has no {SET_FILE}");
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
    }
    fs::create_dir_all(&labels)?;
    let written: HashSet<&str> = tree.iter().map(|(path, _)| path.as_str()).collect();
    for entry in fs::read_dir(&labels)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_written = written.contains(format!("{LABELS}{name}").as_str());
        if name.ends_with(".tsv") && !is_written {
            fs::remove_file(entry.path())?;
        }
    }
    for (path, content) in tree {
        fs::write(directory.join(path), content)?;
    }
    Ok(())
}

/// Whether a name is a path that stays in its folder, on every system.
fn is_inside(name: &str) -> bool {
    let mut components = Path::new(name).components();
    !name.is_empty()
        && !name.contains(['\\', '\0', ':'])
        && components.all(|component| matches!(component, Component::Normal(_)))
}

/// What editors and systems leave, and texts for people.
fn is_passed_over(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/")
        || last.starts_with('.')
        || matches!(last, "Thumbs.db" | "desktop.ini")
        || last.to_lowercase().ends_with(".md")
}

fn without_folder(tree: &mut Tree) {
    let folder = tree.iter().find_map(|(path, _)| {
        let folder = path.strip_suffix(SET_FILE)?;
        let is_one = folder.ends_with('/') && folder.matches('/').count() == 1;
        is_one.then(|| folder.to_owned())
    });
    let Some(folder) = folder else {
        return;
    };
    if tree.iter().all(|(path, _)| path.starts_with(&folder)) {
        for (path, _) in tree {
            path.drain(..folder.len());
        }
    }
}

fn whole(file: &str) -> Place {
    Place::Line {
        file: Arc::from(file),
        line: 1,
        column: 0,
    }
}
