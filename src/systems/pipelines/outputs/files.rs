//! Which of many files and directories are there.
//!
//! Outputs of many instances stand in few directories. Each directory is looked up once.

use std::collections::HashMap;
use std::fs::{self, FileType, Metadata};
use std::path::Path;

use super::error::OutputError;
use super::listing::listed;
use super::place::{Parent, Parents, ProjectDir, is_absence};

/// Asks for a file or a directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileQuestion<'q> {
    pub path: &'q str,
    pub min_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    There,
    Missing,
    /// There, with so many bytes, which are not enough.
    TooSmall(u64),
}

/// Answers in the order of the questions.
pub(super) fn look_at_files(
    project: &ProjectDir,
    questions: &[FileQuestion<'_>],
) -> Vec<Result<FileState, OutputError>> {
    let mut answers: Vec<_> = questions.iter().map(|_| Ok(FileState::Missing)).collect();
    let paths: Vec<_> = questions
        .iter()
        .map(|question| project.relative(question.path))
        .collect();
    let mut folders: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
    for (no, path) in paths.iter().enumerate() {
        if let Ok(path) = path {
            let (folder, name) = path.split();
            folders.entry(folder).or_default().push((no, name));
        }
    }
    let mut parents = Parents::of(project);
    parents.learn(folders.keys().copied());
    for (folder, asked) in &folders {
        match parents.find(folder) {
            Ok(Parent::Missing) => {}
            Ok(Parent::Inside(folder)) => {
                let listed = listed(&folder, asked.iter().map(|(_, name)| *name));
                for (no, name) in asked {
                    let found = listed.as_ref().map(|listed| listed.get(name).copied());
                    let question = questions[*no];
                    answers[*no] = state(project, (&folder, name), found, question);
                }
            }
            Err(error) => {
                for (no, _) in asked {
                    answers[*no] = Err(error.of(questions[*no].path));
                }
            }
        }
    }
    for (answer, path) in answers.iter_mut().zip(paths) {
        if let Err(refused) = path {
            *answer = Err(refused);
        }
    }
    answers
}

/// `listed` is what a listing says of it, where there is one.
fn state(
    project: &ProjectDir,
    (folder, name): (&Path, &str),
    listed: Option<Option<FileType>>,
    question: FileQuestion<'_>,
) -> Result<FileState, OutputError> {
    match listed {
        Some(None) => return Ok(FileState::Missing),
        Some(Some(kind)) if question.min_bytes == 0 && !kind.is_symlink() => {
            return Ok(match kind.is_file() || kind.is_dir() {
                true => FileState::There,
                false => FileState::Missing,
            });
        }
        Some(Some(_)) | None => {}
    }
    look_at(project, &folder.join(name), question)
}

/// Looks at one path without links in its directory.
fn look_at(
    project: &ProjectDir,
    path: &Path,
    question: FileQuestion<'_>,
) -> Result<FileState, OutputError> {
    let failed = |error| OutputError::file(question.path, "cannot be looked at")(error);
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if is_absence(&error) => return Ok(FileState::Missing),
        Err(error) => return Err(failed(error)),
    };
    if !found.is_symlink() {
        return judged(path, &found, question);
    }
    let target = project.target(path);
    match target.map_err(|error| error.of(question.path))? {
        Some(target) => {
            let found = fs::metadata(&target).map_err(failed)?;
            judged(&target, &found, question)
        }
        None => Ok(FileState::Missing),
    }
}

fn judged(
    path: &Path,
    found: &Metadata,
    question: FileQuestion<'_>,
) -> Result<FileState, OutputError> {
    if !found.is_file() && !found.is_dir() {
        return Ok(FileState::Missing);
    }
    if question.min_bytes == 0 {
        return Ok(FileState::There);
    }
    let bytes =
        bytes_of(path, found).map_err(OutputError::file(question.path, "cannot be looked at"))?;
    Ok(match bytes >= question.min_bytes {
        true => FileState::There,
        false => FileState::TooSmall(bytes),
    })
}

/// Bytes of a file, or of all files in a directory and below it.
pub(super) fn bytes_of(path: &Path, found: &Metadata) -> std::io::Result<u64> {
    if !found.is_dir() {
        return Ok(found.len());
    }
    let mut bytes = 0;
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                bytes += entry.metadata()?.len();
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn project() -> (tempfile::TempDir, ProjectDir) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("project")).unwrap();
        let project = ProjectDir::open(&folder.path().join("project")).unwrap();
        (folder, project)
    }

    fn write(project: &ProjectDir, path: &str, text: &str) {
        let path = project.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn ask(project: &ProjectDir, paths: &[&str], min_bytes: u64) -> Vec<String> {
        let questions: Vec<_> = paths
            .iter()
            .map(|path| FileQuestion { path, min_bytes })
            .collect();
        look_at_files(project, &questions)
            .into_iter()
            .map(|answer| match answer {
                Ok(state) => format!("{state:?}"),
                Err(error) => error.to_string(),
            })
            .collect()
    }

    #[test]
    fn files_and_directories_are_there() {
        let (_folder, project) = project();
        let named = [
            "data/a b.txt",
            "data/a'b\".txt",
            "資料/報告.json",
            "data/a\nb",
            "-rf",
        ];
        for name in named {
            write(&project, name, "");
        }
        assert_eq!(ask(&project, &named, 0), vec!["There"; 5]);
        assert_eq!(
            ask(
                &project,
                &["data", "./data//a b.txt", "data/none", "none/x", "-rf/x"],
                0
            ),
            ["There", "There", "Missing", "Missing", "Missing"]
        );
    }

    #[test]
    fn a_file_that_is_too_small_is_not_there() {
        let (_folder, project) = project();
        write(&project, "empty", "");
        write(&project, "d/one/x", "123");
        write(&project, "d/y", "45");
        assert_eq!(
            ask(&project, &["empty", "d/one/x", "d", "none"], 5),
            ["TooSmall(0)", "TooSmall(3)", "There", "Missing"]
        );
    }

    #[test]
    fn many_names_of_one_directory_are_found_by_listing_it() {
        let (_folder, project) = project();
        for no in 0..40 {
            write(&project, &format!("d/{no}"), "x");
        }
        symlink("0", project.root().join("d/link")).unwrap();
        symlink("nowhere", project.root().join("d/dangling")).unwrap();
        symlink("/etc", project.root().join("d/out")).unwrap();
        let mut paths: Vec<String> = (20..60).map(|no| format!("d/{no}")).collect();
        paths.extend(["d/link", "d/dangling", "d/out"].map(str::to_owned));
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let answers = ask(&project, &paths, 0);
        assert!(answers[..20].iter().all(|answer| answer == "There"));
        assert!(answers[20..40].iter().all(|answer| answer == "Missing"));
        assert_eq!(answers[40..42], ["There", "Missing"]);
        assert_eq!(answers[42], "d/out: a link leads out of the project");
        // Not listed for a few.
        for no in 100..500 {
            write(&project, &format!("d/{no}"), "x");
        }
        assert_eq!(ask(&project, &paths, 0), answers);
    }

    #[test]
    fn links_are_followed_inside_of_the_project_only() {
        let (folder, project) = project();
        fs::create_dir(folder.path().join("outside")).unwrap();
        fs::write(folder.path().join("outside/x"), "secret").unwrap();
        write(&project, "real/x", "y");
        let link = |target: &str, name: &str| symlink(target, project.root().join(name)).unwrap();
        link("../outside", "out");
        link("../outside/x", "x");
        link("real", "inside");
        link("loop", "loop");
        link("../project/real/x", "back");
        assert_eq!(
            ask(
                &project,
                &["out/x", "out/none", "x", "inside/x", "back", "out"],
                0
            ),
            [
                "out/x: a link leads out of the project",
                "out/none: a link leads out of the project",
                "x: a link leads out of the project",
                "There",
                "There",
                "out: a link leads out of the project",
            ]
        );
        let looped = ask(&project, &["loop", "loop/x"], 0);
        assert!(
            looped[0].starts_with("loop cannot be looked at: too many"),
            "{looped:?}"
        );
        assert!(
            looped[1].starts_with("loop/x cannot be looked at: too many"),
            "{looped:?}"
        );
    }

    #[test]
    fn what_is_neither_a_file_nor_a_directory_is_not_there() {
        let (_folder, project) = project();
        let socket = project.root().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
        assert_eq!(ask(&project, &["socket"], 0), ["Missing"]);
    }
}
