//! What a pattern of paths matches.

use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::glob::{Below, Glob, OPTIONS, Part};
use super::place::{Parent, ParentError, Parents, ProjectDir, is_absence};

/// What to do after a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    /// Continue, also below it.
    Deeper,
    /// Continue beside it.
    Beside,
    Stop,
}

/// A file or a directory that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Relative to the directory, with its name as it is shown.
    pub name: PathBuf,
    pub path: PathBuf,
}

/// Visits what matches, in no order, until `visit` says to stop.
pub(super) fn visit_matches(
    project: &ProjectDir,
    written: &str,
    visit: &mut dyn FnMut(Match) -> Visit,
) -> Result<(), OutputError> {
    let refused = |problem: String| OutputError::refused(written, problem);
    let glob = Glob::parse(written).map_err(refused)?;
    let mut parents = Parents::of(project);
    let folder = parents.find(glob.folder());
    let Parent::Inside(folder) = folder.map_err(|error| error.of(written))? else {
        return Ok(());
    };
    let walk = Walk {
        project,
        written,
        below: glob.below(),
    };
    walk.visit(&folder, visit)
}

/// Visits what matches below a directory that need not be the one of a pattern.
pub(super) struct Walk<'w> {
    pub project: &'w ProjectDir,
    /// The pattern, for errors.
    pub written: &'w str,
    pub below: &'w Below,
}

type Visiting<'v> = &'v mut dyn FnMut(Match) -> Visit;

impl Walk<'_> {
    pub(super) fn visit(&self, folder: &Path, visit: Visiting<'_>) -> Result<(), OutputError> {
        match &self.below.parts {
            Some(parts) => self.by_parts(folder, Path::new(""), parts, visit),
            None => self.all(folder, Path::new(""), visit),
        }
        .map(drop)
    }

    /// Looks at the directories that parts of the pattern match. Returns whether to continue.
    fn by_parts(
        &self,
        folder: &Path,
        name: &Path,
        parts: &[Part],
        visit: Visiting<'_>,
    ) -> Result<bool, OutputError> {
        let Some((part, rest)) = parts.split_first() else {
            return Ok(true);
        };
        let candidates: Box<dyn Iterator<Item = Result<PathBuf, OutputError>>> = match part {
            Part::Fixed(fixed) => Box::new(std::iter::once(Ok(PathBuf::from(fixed)))),
            Part::Pattern(pattern) => Box::new(self.entries(folder)?.filter_map(|entry| {
                let (entry, _) = match entry {
                    Ok(entry) => entry,
                    Err(error) => return Some(Err(error)),
                };
                let matches = pattern.matches_with(&entry.to_string_lossy(), OPTIONS);
                matches.then_some(Ok(entry))
            })),
        };
        for candidate in candidates {
            let candidate = candidate?;
            let path = folder.join(&candidate);
            let name = name.join(&candidate);
            let continues = match rest.is_empty() {
                true => match self.is_there(&path)? {
                    true => visit(Match { name, path }) != Visit::Stop,
                    false => true,
                },
                false => match self.directory(&path)? {
                    Some(folder) => self.by_parts(&folder, &name, rest, &mut *visit)?,
                    None => true,
                },
            };
            if !continues {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Looks at everything. Links are not followed: they may lead around in a circle.
    fn all(&self, folder: &Path, name: &Path, visit: Visiting<'_>) -> Result<bool, OutputError> {
        for entry in self.entries(folder)? {
            let (entry, kind) = entry?;
            // Without this, a fixed part such as `.git` behind `**` would be the only reason to
            // look into hidden directories.
            if entry.as_os_str().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = folder.join(&entry);
            let name = name.join(&entry);
            let matches = self
                .below
                .whole
                .matches_with(&name.to_string_lossy(), OPTIONS);
            let next = match matches && self.is_there(&path)? {
                true => visit(Match {
                    name: name.clone(),
                    path: path.clone(),
                }),
                false => Visit::Deeper,
            };
            let continues = match next {
                Visit::Deeper if kind.is_dir() => self.all(&path, &name, &mut *visit)?,
                Visit::Deeper | Visit::Beside => true,
                Visit::Stop => false,
            };
            if !continues {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// None, if it has disappeared meanwhile.
    fn entries(
        &self,
        folder: &Path,
    ) -> Result<impl Iterator<Item = Result<(PathBuf, FileType), OutputError>>, OutputError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => Some(entries),
            Err(error) if is_absence(&error) => None,
            Err(error) => return Err(self.failed(error)),
        };
        Ok(entries.into_iter().flatten().map(|entry| {
            let entry = entry.map_err(|error| self.failed(error))?;
            let kind = entry.file_type().map_err(|error| self.failed(error))?;
            Ok((PathBuf::from(entry.file_name()), kind))
        }))
    }

    /// Whether it is a file or a directory.
    fn is_there(&self, path: &Path) -> Result<bool, OutputError> {
        let found = match fs::symlink_metadata(path) {
            Ok(found) => found,
            Err(error) if is_absence(&error) => return Ok(false),
            Err(error) => return Err(self.failed(error)),
        };
        if !found.is_symlink() {
            return Ok(found.is_file() || found.is_dir());
        }
        let target = self.target(path)?;
        Ok(target.is_some_and(|target| target.is_file() || target.is_dir()))
    }

    fn directory(&self, path: &Path) -> Result<Option<PathBuf>, OutputError> {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => Ok(Some(path.to_owned())),
            Ok(found) if found.is_symlink() => {
                Ok(self.target(path)?.filter(|target| target.is_dir()))
            }
            Ok(_) => Ok(None),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Where a link leads. One that leads out of the project does not match.
    fn target(&self, link: &Path) -> Result<Option<PathBuf>, OutputError> {
        match self.project.target(link) {
            Err(ParentError::LeadsOut) => Ok(None),
            target => target.map_err(|error| error.of(self.written)),
        }
    }

    fn failed(&self, error: std::io::Error) -> OutputError {
        OutputError::file(self.written, "cannot be looked at")(error)
    }
}

/// How many match, counted up to `most`.
pub(super) fn count_matches(
    project: &ProjectDir,
    written: &str,
    most: u64,
) -> Result<u64, OutputError> {
    let mut count = 0;
    visit_matches(project, written, &mut |_| {
        count += 1;
        match count >= most {
            true => Visit::Stop,
            false => Visit::Deeper,
        }
    })?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::systems::pipelines::outputs::glob::escaped;

    fn project(files: &[&str]) -> (tempfile::TempDir, ProjectDir) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let project = ProjectDir::open(folder.path()).unwrap();
        (folder, project)
    }

    fn found(project: &ProjectDir, glob: &str) -> Vec<String> {
        let mut names = Vec::new();
        visit_matches(project, glob, &mut |found| {
            let inside = found.path.strip_prefix(project.root()).unwrap();
            names.push(inside.to_str().unwrap().to_owned());
            Visit::Deeper
        })
        .unwrap();
        names.sort();
        names
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        let (_folder, project) = project(&[
            "d/a.csv",
            "d/b.csv",
            "d/.tmp-1-1-c.csv",
            "d/c.txt",
            "d/e/f.csv",
            "d/e/g/h.csv",
            "d/[x]*.csv",
            "資/料.csv",
            ".h/i.csv",
        ]);
        for (glob, expected) in [
            ("d/*.csv", &["d/[x]*.csv", "d/a.csv", "d/b.csv"][..]),
            ("d/?.csv", &["d/a.csv", "d/b.csv"]),
            ("d/[!a].csv", &["d/b.csv"]),
            ("d/[ab].*", &["d/a.csv", "d/b.csv"]),
            (
                "d/*",
                &["d/[x]*.csv", "d/a.csv", "d/b.csv", "d/c.txt", "d/e"],
            ),
            ("d/*/f.csv", &["d/e/f.csv"]),
            ("*/*/g/*", &["d/e/g/h.csv"]),
            (
                "**/*.csv",
                &[
                    "d/[x]*.csv",
                    "d/a.csv",
                    "d/b.csv",
                    "d/e/f.csv",
                    "d/e/g/h.csv",
                    "資/料.csv",
                ],
            ),
            ("d/**/h.csv", &["d/e/g/h.csv"]),
            ("**/e/**/*.csv", &["d/e/f.csv", "d/e/g/h.csv"]),
            ("d/e/**", &["d/e/f.csv", "d/e/g", "d/e/g/h.csv"]),
            ("資/*", &["資/料.csv"]),
            (".h/*", &[".h/i.csv"]),
            ("d/.tmp*", &["d/.tmp-1-1-c.csv"]),
            ("none/*", &[]),
            ("d/a.csv/*", &[]),
            ("d/a.csv", &["d/a.csv"]),
            ("./d//a.*", &["d/a.csv"]),
        ] {
            assert_eq!(found(&project, glob), expected, "{glob}");
        }
        let literal = format!("d/{}.csv", escaped("[x]*"));
        assert_eq!(found(&project, &literal), ["d/[x]*.csv"]);
    }

    #[test]
    fn links_are_followed_inside_of_the_project_only() {
        let (_folder, project) = project(&["d/a/x.csv"]);
        symlink("a", project.root().join("d/b")).unwrap();
        symlink("..", project.root().join("d/a/up")).unwrap();
        assert_eq!(found(&project, "d/*/x.csv"), ["d/a/x.csv", "d/a/x.csv"]);
        assert_eq!(found(&project, "d/**/x.csv"), ["d/a/x.csv"]);
        symlink("/etc", project.root().join("d/c")).unwrap();
        assert_eq!(found(&project, "d/*/passwd"), Vec::<String>::new());
        let error = visit_matches(&project, "d/c/*", &mut |_| Visit::Deeper).unwrap_err();
        assert_eq!(error.to_string(), "d/c/*: a link leads out of the project");
    }

    #[test]
    fn counting_stops_when_there_are_enough() {
        let (_folder, project) = project(&["d/a", "d/b", "d/c"]);
        assert_eq!(count_matches(&project, "d/*", 2).unwrap(), 2);
        assert_eq!(count_matches(&project, "d/*", 9).unwrap(), 3);
    }
}
