//! After a program has ended well: whether all that it had to make is there, and what is to be
//! done to publish it.

use std::fs;
use std::io;
use std::path::Path;

use super::intent::{Intent, Kind, Move};
use super::names::Attempt;
use super::temporaries::{Folders, Form, Making, all_making};
use crate::systems::pipelines::outputs::error::OutputError;
use crate::systems::pipelines::outputs::files::bytes_of;
use crate::systems::pipelines::outputs::glob::Glob;
use crate::systems::pipelines::outputs::matches::{Visit, Walk};
use crate::systems::pipelines::outputs::place::ProjectDir;
use crate::systems::pipelines::outputs::resolved::ResolvedOutput;

/// Looks at the files that an attempt has made. The intent is to be stored, and then published.
/// Outputs that are not files are not looked at.
pub(crate) fn finish(
    project: &ProjectDir,
    outputs: &[ResolvedOutput],
    attempt: Attempt<'_>,
) -> Result<Intent, OutputError> {
    let mut intent = Intent::of(attempt);
    for making in all_making(project, outputs, attempt, Folders::Make)? {
        match &making.form {
            Form::Path { min_bytes } => {
                let kind = made(project, &making, *min_bytes)?;
                intent.moves.push(Move {
                    output: making.label.clone(),
                    from: intent_path(project, &making, &making.out)?,
                    to: intent_path(project, &making, &making.place)?,
                    kind,
                });
            }
            Form::InPlace { min_bytes, list } => {
                made(project, &making, *min_bytes)?;
                intent.moves.push(Move {
                    output: making.label.clone(),
                    from: intent_path(project, &making, list)?,
                    to: intent_path(project, &making, &making.place)?,
                    kind: Kind::InPlace,
                });
            }
            Form::Glob { min, glob } => {
                let count = count_made(project, &making, glob)?;
                enough(&making.label, count, *min)?;
                intent.moves.push(Move {
                    output: making.label.clone(),
                    from: intent_path(project, &making, &making.out)?,
                    to: intent_path(project, &making, &making.place)?,
                    kind: Kind::Matching { count },
                });
            }
        }
    }
    Ok(intent)
}

/// What the program has made at the path that it was given.
fn made(project: &ProjectDir, making: &Making, min_bytes: u64) -> Result<Kind, OutputError> {
    let failed = |error| OutputError::file(&making.label, "cannot be looked at")(error);
    let refused = |problem: &str| OutputError::refused(&making.label, problem);
    let mut found = match fs::symlink_metadata(&making.out) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OutputError::NotMade(making.label.clone()));
        }
        Err(error) => return Err(failed(error)),
    };
    let kind = match found.is_dir() {
        true => Kind::Directory,
        false => Kind::File,
    };
    let mut path = making.out.clone();
    if found.is_symlink() {
        let target = project.target(&path);
        match target.map_err(|error| error.of(&making.label))? {
            Some(target) => path = target,
            None => return Err(OutputError::NotMade(making.label.clone())),
        }
        found = fs::metadata(&path).map_err(failed)?;
    }
    if !found.is_file() && !found.is_dir() {
        return Err(refused("what was made is neither a file nor a directory"));
    }
    if min_bytes > 0 {
        let bytes = bytes_of(&path, &found).map_err(failed)?;
        if bytes < min_bytes {
            return Err(OutputError::TooLittle {
                output: making.label.clone(),
                made: format!("{bytes} B"),
                expected: format!("{min_bytes} B"),
            });
        }
    }
    Ok(kind)
}

fn count_made(project: &ProjectDir, making: &Making, glob: &Glob) -> Result<u64, OutputError> {
    let walk = Walk {
        project,
        written: &making.label,
        below: glob.below(),
    };
    let mut count = 0;
    walk.visit(&making.out, &mut |_| {
        count += 1;
        Visit::Beside
    })?;
    Ok(count)
}

fn enough(label: &str, count: u64, min: u64) -> Result<(), OutputError> {
    match count {
        count if count >= min => Ok(()),
        0 => Err(OutputError::NotMade(label.to_owned())),
        count => Err(OutputError::TooLittle {
            output: label.to_owned(),
            made: count.to_string(),
            expected: min.to_string(),
        }),
    }
}

/// A path as it is stored: relative to the project.
fn intent_path(project: &ProjectDir, making: &Making, path: &Path) -> Result<String, OutputError> {
    let inside = path.strip_prefix(project.root()).ok();
    inside
        .and_then(Path::to_str)
        .map(str::to_owned)
        .ok_or_else(|| OutputError::refused(&making.label, "a directory of it is not UTF-8"))
}
