//! A project that tests make outputs in.

mod attempts;
mod publishing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::systems::pipelines::outputs::{OutputError, ProjectDir, ResolvedOutput};

const ATTEMPT: Attempt<'_> = Attempt {
    job: "019ac1f0",
    number: 2,
};

/// A project in a directory of its own, beside which other things may stand.
struct Project {
    folder: tempfile::TempDir,
    dir: ProjectDir,
}

impl Project {
    fn new() -> Self {
        Self::within(tempfile::tempdir().unwrap())
    }

    /// Where syncing costs nothing, if there is such a place.
    fn in_memory() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm");
        Self::within(folder.or_else(|_| tempfile::tempdir()).unwrap())
    }

    fn within(folder: tempfile::TempDir) -> Self {
        let path = folder.path().join("project");
        fs::create_dir(&path).unwrap();
        let dir = ProjectDir::open(&path).unwrap();
        Self { folder, dir }
    }

    /// With these files; an empty text is a directory.
    fn with(files: &[(&str, &str)]) -> Self {
        Self::new().and(files)
    }

    fn and(self, files: &[(&str, &str)]) -> Self {
        for (path, text) in files {
            write(&self.path(path), text);
        }
        self
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.root().join(path)
    }

    fn prepare(&self, outputs: &[ResolvedOutput]) -> Vec<PathBuf> {
        let temporaries = prepare(&self.dir, outputs, ATTEMPT).unwrap();
        let names: Vec<_> = temporaries.variables.iter().map(|(name, _)| name).collect();
        for (no, name) in names.iter().enumerate() {
            let expected = match no {
                0 => "OUT".to_owned(),
                no => format!("OUT_{}", no + 1),
            };
            assert_eq!(**name, expected);
        }
        let paths = temporaries.variables.into_iter();
        paths.map(|(_, path)| path).collect()
    }

    fn finish(&self, outputs: &[ResolvedOutput]) -> Result<Intent, OutputError> {
        finish(&self.dir, outputs, ATTEMPT)
    }

    /// All files, links and empty directories with what they hold.
    fn all(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        collect(self.dir.root(), self.dir.root(), &mut all);
        all
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match text {
        "" => fs::create_dir_all(path).unwrap(),
        text => fs::write(path, text).unwrap(),
    }
}

fn collect(root: &Path, folder: &Path, all: &mut BTreeMap<String, String>) {
    let mut is_empty = true;
    for entry in fs::read_dir(folder).unwrap() {
        is_empty = false;
        let entry = entry.unwrap();
        let path = entry.path();
        let name = path
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(root, &path, all);
        } else if kind.is_symlink() {
            all.insert(
                name,
                format!("-> {}", fs::read_link(path).unwrap().display()),
            );
        } else {
            all.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    if is_empty && folder != root {
        let name = folder.strip_prefix(root).unwrap().to_str().unwrap();
        all.insert(format!("{name}/"), String::new());
    }
}

fn files(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = expected.iter();
    pairs
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

fn path(path: &str) -> ResolvedOutput {
    ResolvedOutput::Path {
        path: path.to_owned(),
        min_bytes: 0,
        atomic: true,
    }
}

fn path_of(path: &str, min_bytes: u64) -> ResolvedOutput {
    ResolvedOutput::Path {
        path: path.to_owned(),
        min_bytes,
        atomic: true,
    }
}

fn in_place(path: &str) -> ResolvedOutput {
    ResolvedOutput::Path {
        path: path.to_owned(),
        min_bytes: 0,
        atomic: false,
    }
}

fn glob(glob: &str, min: u64) -> ResolvedOutput {
    ResolvedOutput::Glob {
        glob: glob.to_owned(),
        min,
    }
}
