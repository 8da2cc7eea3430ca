//! The directory of a project, and which paths are inside of it.
//!
//! Outputs are named relative to the project. Nothing outside is looked at, made or removed,
//! whether a path says so (`../x`, `/etc`) or a symbolic link leads there.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::error::OutputError;
use super::glob::Glob;
use super::listing::listed;
use crate::systems::pipelines::project::Places;

/// Bytes of a name that file systems take.
const NAME_BYTES_MAX: usize = 255;

const EIO: i32 = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProjectDir {
    /// Without symbolic links.
    root: PathBuf,
    /// As it was given.
    given: PathBuf,
}

/// A path without `.`, `..` and empty parts, relative to the project; has at least one part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RelativePath(String);

/// Where the last part of a path would stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    /// Without symbolic links.
    Inside(PathBuf),
    /// There is no such directory.
    Missing,
}

/// Directories that were looked at: each once.
pub(super) struct Parents<'p> {
    project: &'p ProjectDir,
    known: HashMap<String, Result<Parent, ParentError>>,
}

/// Why a directory cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParentError {
    LeadsOut,
    /// The number of the operating system's error.
    System(i32),
}

impl ProjectDir {
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        Ok(Self {
            root: fs::canonicalize(directory)?,
            given: std::path::absolute(directory)?,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Of a project that has no directory yet.
    pub(crate) fn planned(directory: &Path) -> Self {
        Self {
            root: directory.to_owned(),
            given: directory.to_owned(),
        }
    }

    /// Reads the path of an output.
    pub(super) fn relative(&self, written: &str) -> Result<RelativePath, OutputError> {
        let read = self.read(written);
        read.map_err(|problem| OutputError::refused(written, problem))
    }

    fn read(&self, written: &str) -> Result<RelativePath, &'static str> {
        if is_plain(written) {
            return Ok(RelativePath(written.to_owned()));
        }
        if written.contains('\0') {
            return Err("a path holds no NUL");
        }
        let path = Path::new(written);
        let path = match path.is_absolute() {
            true => path
                .strip_prefix(&self.root)
                .or_else(|_| path.strip_prefix(&self.given))
                .map_err(|_| "expected a path inside of the project's directory")?,
            false => path,
        };
        let mut parts = Vec::new();
        for part in path.components() {
            match part {
                Component::Normal(name) if name.len() > NAME_BYTES_MAX => {
                    return Err("a name has at most 255 bytes");
                }
                Component::Normal(name) => parts.push(name.to_str().unwrap_or_default()),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err("expected a path without `..`");
                }
            }
        }
        if parts.is_empty() {
            return Err("expected a path of a file or a directory");
        }
        Ok(RelativePath(parts.join("/")))
    }

    /// The path of an output, relative to the project; `None`: it has none.
    pub(crate) fn path_inside(&self, written: &str) -> Option<String> {
        self.read(written).ok().map(|path| path.0)
    }

    pub(super) fn absolute(&self, path: &RelativePath) -> PathBuf {
        self.root.join(&path.0)
    }

    /// Whether a path without symbolic links is inside.
    pub(super) fn holds(&self, canonical: &Path) -> bool {
        canonical.starts_with(&self.root)
    }

    /// Where a link leads; `None`: nowhere.
    pub(super) fn target(&self, link: &Path) -> Result<Option<PathBuf>, ParentError> {
        match fs::canonicalize(link) {
            Ok(target) if self.holds(&target) => Ok(Some(target)),
            Ok(_) => Err(ParentError::LeadsOut),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(ParentError::system(&error)),
        }
    }
}

impl Places for ProjectDir {
    fn path(&self, written: &str) -> Result<(), String> {
        self.read(written).map(drop).map_err(str::to_owned)
    }

    fn pattern(&self, written: &str) -> Result<(), String> {
        Glob::parse(written).map(drop)
    }

    fn directory(&self, written: &str) -> Result<(), String> {
        // The project's own is fine, too.
        self.path(&format!("{written}/x"))
    }
}

impl RelativePath {
    /// The directory, empty for the project's own, and the name in it.
    pub(super) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// Whether it lies in the directory `other`.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(&other.0);
        rest.is_some_and(|rest| rest.starts_with('/'))
    }
}

impl<'p> Parents<'p> {
    pub(super) fn of(project: &'p ProjectDir) -> Self {
        Self {
            project,
            known: HashMap::new(),
        }
    }

    /// The directory with this path, relative to the project and empty for its own.
    pub(super) fn find(&mut self, directory: &str) -> Result<Parent, ParentError> {
        if directory.is_empty() {
            return Ok(Parent::Inside(self.project.root.clone()));
        }
        if let Some(known) = self.known.get(directory) {
            return known.clone();
        }
        let (above, name) = directory.rsplit_once('/').unwrap_or(("", directory));
        let found = match self.find(above) {
            Ok(Parent::Inside(above)) => self.enter(&above.join(name)),
            missing_or_error => missing_or_error,
        };
        self.known.insert(directory.to_owned(), found.clone());
        found
    }

    /// Looks many directories up, those above them first: where there are many in one, that one
    /// is listed.
    pub(super) fn learn<'n>(&mut self, directories: impl Iterator<Item = &'n str>) {
        let mut inside: HashMap<&str, Vec<&str>> = HashMap::new();
        for directory in directories.filter(|directory| !directory.is_empty()) {
            let (above, name) = directory.rsplit_once('/').unwrap_or(("", directory));
            inside.entry(above).or_default().push(name);
        }
        if inside.is_empty() {
            return;
        }
        self.learn(inside.keys().copied().collect::<Vec<_>>().into_iter());
        for (above, names) in inside {
            // `find` says what is wrong with the others.
            let Ok(Parent::Inside(folder)) = self.find(above) else {
                continue;
            };
            let Some(kinds) = listed(&folder, names.iter().copied()) else {
                continue;
            };
            for name in names {
                let known = match kinds.get(name) {
                    Some(kind) if kind.is_symlink() => continue,
                    Some(kind) if kind.is_dir() => Parent::Inside(folder.join(name)),
                    Some(_) | None => Parent::Missing,
                };
                let directory = match above {
                    "" => name.to_owned(),
                    above => format!("{above}/{name}"),
                };
                self.known.insert(directory, Ok(known));
            }
        }
    }

    fn enter(&self, path: &Path) -> Result<Parent, ParentError> {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => Ok(Parent::Inside(path.to_owned())),
            Ok(found) if found.is_symlink() => Ok(match self.project.target(path)? {
                Some(target) if target.is_dir() => Parent::Inside(target),
                _ => Parent::Missing,
            }),
            Ok(_) => Ok(Parent::Missing),
            Err(error) if is_absence(&error) => Ok(Parent::Missing),
            Err(error) => Err(ParentError::system(&error)),
        }
    }
}

impl ParentError {
    pub(super) fn of(self, output: &str) -> OutputError {
        match self {
            Self::LeadsOut => OutputError::refused(output, "a link leads out of the project"),
            Self::System(number) => {
                let error = io::Error::from_raw_os_error(number);
                OutputError::file(output, "cannot be looked at")(error)
            }
        }
    }

    fn system(error: &io::Error) -> Self {
        // Whatever has no number is an error of input and output.
        Self::System(error.raw_os_error().unwrap_or(EIO))
    }
}

/// Whether a path is relative and has no parts to be left out or refused.
fn is_plain(path: &str) -> bool {
    !path.contains('\0')
        && path.split('/').all(|part| {
            !part.is_empty() && part != "." && part != ".." && part.len() <= NAME_BYTES_MAX
        })
}

/// Whether an error says that something is not there.
pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let project = ProjectDir::open(folder.path()).unwrap();
        let inside = project.root().join("a/b");
        for (written, expected) in [
            ("data/x.json", "data/x.json"),
            ("./data//x/", "data/x"),
            ("資料/a b'\"\n.txt", "資料/a b'\"\n.txt"),
            ("-rf", "-rf"),
            (inside.to_str().unwrap(), "a/b"),
        ] {
            assert_eq!(project.relative(written).unwrap().0, expected);
        }
        for (written, expected) in [
            ("../x", "without `..`"),
            ("a/../../x", "without `..`"),
            ("/etc/passwd", "inside of the project"),
            ("a\0b", "NUL"),
            ("", "a file or a directory"),
            ("./.", "a file or a directory"),
            (project.root().to_str().unwrap(), "a file or a directory"),
            (&"x".repeat(256), "at most 255 bytes"),
        ] {
            let error = project.relative(written).unwrap_err().to_string();
            assert!(error.contains(expected), "{written:?}: {error}");
        }
    }
}
