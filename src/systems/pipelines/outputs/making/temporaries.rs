//! The paths that an attempt writes to: made ready before, removed after.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::before;
use super::names::{Attempt, attempt_of};
use super::tree::{remove_tree, sync_directory};
use crate::systems::pipelines::outputs::error::OutputError;
use crate::systems::pipelines::outputs::glob::Glob;
use crate::systems::pipelines::outputs::place::{
    Parent, Parents, ProjectDir, RelativePath, is_absence,
};
use crate::systems::pipelines::outputs::resolved::ResolvedOutput;

/// What an attempt's program is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Temporaries {
    /// `OUT` for the first output that is a path or a glob, then `OUT_2`, …, with absolute paths.
    pub variables: Vec<(String, PathBuf)>,
}

/// An output that is made of files, and where.
pub(super) struct Making {
    /// As in the file, filled in.
    pub label: String,
    /// The final path or, of a glob, the directory of all matches.
    pub place: PathBuf,
    /// What the program writes to.
    pub out: PathBuf,
    pub form: Form,
}

pub(super) enum Form {
    Path {
        min_bytes: u64,
    },
    /// The program writes to the final path.
    InPlace {
        min_bytes: u64,
        list: PathBuf,
    },
    Glob {
        min: u64,
        glob: Glob,
    },
}

/// The outputs that are made of files, in their order.
pub(super) fn all_making(
    project: &ProjectDir,
    outputs: &[ResolvedOutput],
    attempt: Attempt<'_>,
    folders: Folders,
) -> Result<Vec<Making>, OutputError> {
    let places = Places {
        project,
        attempt,
        folders,
    };
    let making = outputs.iter().enumerate();
    let making = making.map(|(no, output)| places.making(no, output));
    making.filter_map(Result::transpose).collect()
}

/// Whether directories that are not there are made, or what would be in them is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Folders {
    Make,
    LeaveOut,
}

struct Places<'p> {
    project: &'p ProjectDir,
    attempt: Attempt<'p>,
    folders: Folders,
}

impl Places<'_> {
    fn making(&self, no: usize, output: &ResolvedOutput) -> Result<Option<Making>, OutputError> {
        let label = output.label();
        match output {
            ResolvedOutput::Path {
                path,
                min_bytes,
                atomic,
            } => {
                let path = self.project.relative(path)?;
                let (folder, name) = path.split();
                let Some(folder) = self.folder(&label, folder)? else {
                    return Ok(None);
                };
                let place = folder.join(name);
                let min_bytes = *min_bytes;
                let (out, form) = match atomic {
                    true => (self.attempt.temporary(&place), Form::Path { min_bytes }),
                    false => {
                        let list = self.attempt.before(&place);
                        (place.clone(), Form::InPlace { min_bytes, list })
                    }
                };
                Ok(Some(Making {
                    label,
                    place,
                    out,
                    form,
                }))
            }
            ResolvedOutput::Glob { glob, min } => {
                let refused = |problem| OutputError::refused(&label, problem);
                let glob = Glob::parse(glob).map_err(refused)?;
                let Some(place) = self.folder(&label, glob.folder())? else {
                    return Ok(None);
                };
                let out = self.attempt.temporary_folder(&place, no);
                let form = Form::Glob { min: *min, glob };
                Ok(Some(Making {
                    label,
                    place,
                    out,
                    form,
                }))
            }
            ResolvedOutput::Sql { .. } | ResolvedOutput::Http { .. } | ResolvedOutput::Marker => {
                Ok(None)
            }
        }
    }

    fn folder(&self, label: &str, folder: &str) -> Result<Option<PathBuf>, OutputError> {
        let found = Parents::of(self.project).find(folder);
        match (found.map_err(|error| error.of(label))?, self.folders) {
            (Parent::Inside(folder), _) => Ok(Some(folder)),
            (Parent::Missing, Folders::LeaveOut) => Ok(None),
            (Parent::Missing, Folders::Make) => {
                let made = make_folders(self.project, folder);
                made.map_err(OutputError::file(label, "has no directory to be made in"))?;
                let found = Parents::of(self.project).find(folder);
                match found.map_err(|error| error.of(label))? {
                    Parent::Inside(folder) => Ok(Some(folder)),
                    Parent::Missing => Err(OutputError::refused(
                        label,
                        "a part of its path is not a directory",
                    )),
                }
            }
        }
    }
}

/// Makes a directory and those above it, durably.
fn make_folders(project: &ProjectDir, folder: &str) -> io::Result<()> {
    let mut path = project.root().to_owned();
    for part in folder.split('/') {
        let above = path.clone();
        path.push(part);
        match fs::create_dir(&path) {
            Ok(()) => sync_directory(&above)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // A link was followed by `Parents`, which found that it stays inside or leads
                // nowhere. The latter is found when this one is looked up again.
                if !path.is_dir() {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                let canonical = fs::canonicalize(&path)?;
                if !project.holds(&canonical) {
                    return Err(io::ErrorKind::PermissionDenied.into());
                }
                path = canonical;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes everything ready for an attempt: directories, and paths to write to. Nothing is left of
/// it when it fails, except directories.
pub(crate) fn prepare(
    project: &ProjectDir,
    outputs: &[ResolvedOutput],
    attempt: Attempt<'_>,
) -> Result<Temporaries, OutputError> {
    refuse_nested(project, outputs)?;
    let all = all_making(project, outputs, attempt, Folders::Make)?;
    let mut variables = Vec::with_capacity(all.len());
    for making in &all {
        if let Err(error) = make_ready(making) {
            // The error that matters is the first one.
            discard(project, outputs, attempt).ok();
            return Err(error);
        }
        let name = match variables.len() {
            0 => "OUT".to_owned(),
            earlier => format!("OUT_{}", earlier + 1),
        };
        variables.push((name, making.out.clone()));
    }
    Ok(Temporaries { variables })
}

fn make_ready(making: &Making) -> Result<(), OutputError> {
    let failed = |error| OutputError::file(&making.label, "cannot be made")(error);
    match &making.form {
        Form::Path { .. } => {
            remove_tree(&making.out).map_err(failed)?;
            // Said before a program has run for hours.
            let folder = making.out.parent().unwrap_or(&making.out);
            access(folder, Access::WRITE_OK).map_err(|error| failed(error.into()))?;
        }
        // An attempt that is prepared twice has not begun in between.
        Form::InPlace { list, .. } => before::remember(&making.place, list).map_err(failed)?,
        Form::Glob { .. } => {
            remove_tree(&making.out).map_err(failed)?;
            fs::create_dir(&making.out).map_err(failed)?;
        }
    }
    Ok(())
}

/// Publishing a directory replaces all that is in it: another output of the same attempt would
/// be lost.
fn refuse_nested(project: &ProjectDir, outputs: &[ResolvedOutput]) -> Result<(), OutputError> {
    let folder_or_path = |output: &ResolvedOutput| -> Option<(RelativePath, bool)> {
        match output {
            ResolvedOutput::Path { path, atomic, .. } => {
                Some((project.relative(path).ok()?, *atomic))
            }
            ResolvedOutput::Glob { glob, .. } => {
                let glob = Glob::parse(glob).ok()?;
                // Its matches lie below, and so does what it is made in.
                let inside = format!("{}/*", glob.folder());
                Some((
                    project.relative(inside.trim_start_matches('/')).ok()?,
                    false,
                ))
            }
            ResolvedOutput::Sql { .. } | ResolvedOutput::Http { .. } | ResolvedOutput::Marker => {
                None
            }
        }
    };
    let places: Vec<_> = outputs
        .iter()
        .filter_map(|output| Some((output.label(), folder_or_path(output)?)))
        .collect();
    for (label, (inner, _)) in &places {
        for (other_label, (outer, is_replaced)) in &places {
            if *is_replaced && inner.is_below(outer) {
                let problem = format!("lies in {other_label}, which is an output, too");
                return Err(OutputError::refused(label, problem));
            }
            let is_same = inner == outer && *is_replaced && !std::ptr::eq(label, other_label);
            if is_same {
                return Err(OutputError::refused(label, "is an output twice"));
            }
        }
    }
    Ok(())
}

/// Removes what an attempt has made. What stood before stands. Not after its intent was stored:
/// then `publish` has to be called until it succeeds.
pub(crate) fn discard(
    project: &ProjectDir,
    outputs: &[ResolvedOutput],
    attempt: Attempt<'_>,
) -> Result<(), OutputError> {
    let mut first_error = None;
    for output in outputs {
        // By itself: one that cannot be removed does not keep the others.
        match discard_one(project, outputs, output, attempt) {
            Ok(()) => {}
            // Nothing was made where nothing may be made.
            Err(OutputError::Refused { .. }) => {}
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    first_error.map_or(Ok(()), Err)
}

fn discard_one(
    project: &ProjectDir,
    outputs: &[ResolvedOutput],
    output: &ResolvedOutput,
    attempt: Attempt<'_>,
) -> Result<(), OutputError> {
    let places = Places {
        project,
        attempt,
        folders: Folders::LeaveOut,
    };
    let no = outputs.iter().position(|other| std::ptr::eq(other, output));
    let Some(making) = places.making(no.unwrap_or_default(), output)? else {
        return Ok(());
    };
    let removed = match &making.form {
        Form::InPlace { list, .. } => before::take_back(&making.place, list),
        // A mark may have been left by publishing that failed.
        Form::Path { .. } => {
            remove_tree(&making.out).and_then(|()| remove_tree(&attempt.mark(&making.place)))
        }
        Form::Glob { .. } => remove_tree(&making.out),
    };
    removed.map_err(OutputError::file(
        &making.label,
        "has a temporary that cannot be removed",
    ))
}

/// Discards what dead attempts of a job have left. Those of which `is_dead` says no are left
/// alone, and so is everything of other jobs.
pub(crate) fn sweep(
    project: &ProjectDir,
    outputs: &[ResolvedOutput],
    job: &str,
    is_dead: &dyn Fn(u32) -> bool,
) -> Result<(), OutputError> {
    let any = Attempt { job, number: 0 };
    let mut dead = BTreeSet::new();
    for output in outputs {
        let places = Places {
            project,
            attempt: any,
            folders: Folders::LeaveOut,
        };
        let Some(making) = places.making(0, output)? else {
            continue;
        };
        let Some(folder) = making.out.parent() else {
            continue;
        };
        let listed = attempts_in(folder, job);
        let listed = listed.map_err(OutputError::file(
            &making.label,
            "has a directory that cannot be looked at",
        ))?;
        dead.extend(listed.into_iter().filter(|number| is_dead(*number)));
    }
    for number in dead {
        discard(project, outputs, Attempt { job, number })?;
    }
    Ok(())
}

fn attempts_in(folder: &Path, job: &str) -> io::Result<Vec<u32>> {
    let mut attempts = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_absence(&error) => return Ok(attempts),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let name = entry?.file_name();
        attempts.extend(name.to_str().and_then(|name| attempt_of(name, job)));
    }
    Ok(attempts)
}
