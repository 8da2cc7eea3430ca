//! Moves what an attempt has made to its place.
//!
//! ```text
//! sync all ──► move each ──► sync directories ──► remove what was replaced
//! ```
//!
//! Each step leaves names from which the next call sees how far the last one came, wherever it
//! was cut off:
//!
//! | at the temporary path | at the final path | so |
//! | --- | --- | --- |
//! | the new | nothing, or a file for a file | rename |
//! | the new | something, and one of the two is a directory | mark the old directory, exchange |
//! | the old: marked, or not of the kind that was made | the new | remove the old |
//! | nothing | the new | done |
//!
//! Where two names cannot be exchanged the old one is moved aside first: then nothing is there
//! for a moment, which is the only case of it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::intent::{Intent, Kind, Move};
use super::names::Attempt;
use super::tree::{Standing, folders_below, remove_tree, standing, sync_directory, sync_tree};
use crate::engine::seam::StepError;
use crate::systems::pipelines::outputs::error::OutputError;
use crate::systems::pipelines::outputs::glob::Glob;
use crate::systems::pipelines::outputs::matches::{Match, Visit, Walk};
use crate::systems::pipelines::outputs::place::ProjectDir;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    /// All outputs are as before the attempt, which may be discarded.
    #[error(transparent)]
    NothingMoved(OutputError),
    /// Some may have been published: the intent has to be published again until that succeeds.
    #[error(transparent)]
    Unfinished(OutputError),
}

impl From<PublishError> for StepError {
    /// What has been begun is waited for, since it cannot be taken back.
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Unfinished(error) if !error.is_final() => {
                Self::outage("an output", error.to_string()).caused_by(error)
            }
            PublishError::Unfinished(error) | PublishError::NothingMoved(error) => error.into(),
        }
    }
}

/// Publishes; also what an earlier call has begun.
pub(crate) fn publish(project: &ProjectDir, intent: &Intent) -> Result<(), PublishError> {
    publish_stepwise(project, intent, Exchange::Possible, &mut || Ok(()))
}

/// Whether the file system can exchange two names; if it cannot, it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    Possible,
    #[cfg(test)]
    Impossible,
}

/// Calls `before` before everything that changes something, and stops with its error.
pub(super) fn publish_stepwise(
    project: &ProjectDir,
    intent: &Intent,
    exchange: Exchange,
    before: &mut dyn FnMut() -> io::Result<()>,
) -> Result<(), PublishError> {
    let mut publishing = Publishing {
        project,
        attempt: Attempt {
            job: &intent.job,
            number: intent.attempt,
        },
        exchange,
        before,
        has_moved: false,
        changed: BTreeSet::new(),
    };
    publishing.all(&intent.moves).map_err(|error| {
        match publishing.has_moved || publishing.moved_earlier(&intent.moves) {
            true => PublishError::Unfinished(error),
            false => PublishError::NothingMoved(error),
        }
    })
}

struct Publishing<'p> {
    project: &'p ProjectDir,
    attempt: Attempt<'p>,
    exchange: Exchange,
    before: &'p mut dyn FnMut() -> io::Result<()>,
    has_moved: bool,
    /// Directories whose names are not durable yet.
    changed: BTreeSet<PathBuf>,
}

impl Publishing<'_> {
    fn all(&mut self, moves: &[Move]) -> Result<(), OutputError> {
        for step in moves {
            let synced = self.sync(step);
            synced.map_err(OutputError::file(&step.output, "cannot be written to disk"))?;
        }
        for step in moves {
            match step.kind {
                Kind::File | Kind::Directory => {
                    let (from, to) = self.paths(step);
                    let aside = self.attempt.old(&to);
                    self.place(step, (&from, &to, &aside), step.kind)?;
                }
                Kind::Matching { .. } => self.place_matching(step)?,
                Kind::InPlace => {}
            }
        }
        for folder in std::mem::take(&mut self.changed) {
            let label = moves.first().map_or("", |step| step.output.as_str());
            let synced = (self.before)().and_then(|()| sync_directory(&folder));
            synced.map_err(OutputError::file(label, "cannot be written to disk"))?;
        }
        for step in moves {
            let removed = self.clean_up(step);
            removed.map_err(OutputError::file(
                &step.output,
                "has an earlier version that cannot be removed",
            ))?;
        }
        Ok(())
    }

    fn paths(&self, step: &Move) -> (PathBuf, PathBuf) {
        let root = self.project.root();
        (root.join(&step.from), root.join(&step.to))
    }

    fn sync(&mut self, step: &Move) -> io::Result<()> {
        let (from, to) = self.paths(step);
        (self.before)()?;
        match step.kind {
            Kind::InPlace => {
                self.changed.extend(to.parent().map(Path::to_owned));
                sync_tree(&to)
            }
            _ if standing(&from)? == Standing::Nothing => Ok(()),
            _ => sync_tree(&from),
        }
    }

    /// Moves one file or directory to its place, durably only with the directory that it is in.
    /// What stood there may have to be moved aside.
    fn place(
        &mut self,
        step: &Move,
        (from, to, aside): (&Path, &Path, &Path),
        kind: Kind,
    ) -> Result<(), OutputError> {
        if let Some(folder) = to.parent() {
            self.changed.insert(folder.to_owned());
        }
        let failed = |error| OutputError::file(&step.output, "cannot be moved to its place")(error);
        let is_among_others = matches!(step.kind, Kind::Matching { .. });
        let (new, old) = (standing(from), standing(to));
        let (new, old) = (new.map_err(failed)?, old.map_err(failed)?);
        match (new, old) {
            (Standing::Nothing, Standing::Nothing) => {
                let problem = "what was made has disappeared before it was at its place";
                Err(OutputError::refused(&step.output, problem))
            }
            (Standing::Nothing, _) => Ok(()),
            (new, _) if self.is_replaced(from, new, kind).map_err(failed)? => Ok(()),
            (_, Standing::Nothing) | (Standing::Other, Standing::Other) => {
                self.rename(from, to).map_err(failed)
            }
            (Standing::Directory, Standing::Other) if is_among_others => {
                // An exchange could not be seen from what it leaves.
                self.move_aside(from, to, aside).map_err(failed)
            }
            (_, old) => self.exchange(from, to, aside, old).map_err(failed),
        }
    }

    /// Whether what stands at the temporary path is what was at the final one.
    fn is_replaced(&self, from: &Path, found: Standing, kind: Kind) -> io::Result<bool> {
        Ok(match (found, kind) {
            (Standing::Directory, Kind::Directory) => {
                standing(&self.attempt.mark(from))? != Standing::Nothing
            }
            (Standing::Directory, _) => true,
            (_, Kind::Directory) => true,
            _ => false,
        })
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        (self.before)()?;
        fs::rename(from, to)?;
        self.has_moved = true;
        Ok(())
    }

    fn exchange(&mut self, from: &Path, to: &Path, aside: &Path, old: Standing) -> io::Result<()> {
        let mark = self.attempt.mark(to);
        let marked = match old {
            Standing::Directory => {
                (self.before)()?;
                fs::write(&mark, "")
            }
            Standing::Nothing | Standing::Other => Ok(()),
        };
        if marked.is_ok() {
            (self.before)()?;
            match exchange_names(self.exchange, from, to) {
                Ok(()) => {
                    self.has_moved = true;
                    return Ok(());
                }
                Err(error) => {
                    remove_tree(&mark)?;
                    if !is_unsupported(error) {
                        return Err(error.into());
                    }
                }
            }
        }
        self.move_aside(from, to, aside)
    }

    /// For file systems without exchange, and for directories that cannot be marked.
    fn move_aside(&mut self, from: &Path, to: &Path, aside: &Path) -> io::Result<()> {
        (self.before)()?;
        remove_tree(aside)?;
        (self.before)()?;
        fs::rename(to, aside)?;
        self.has_moved = true;
        self.rename(from, to)
    }

    fn place_matching(&mut self, step: &Move) -> Result<(), OutputError> {
        let (from, to) = self.paths(step);
        for matching in self.unmoved(step)? {
            let place = to.join(&matching.name);
            let made = self.make_folders(&to, &matching.name);
            made.map_err(OutputError::file(
                &step.output,
                "cannot be moved to its place",
            ))?;
            let kind = standing(&matching.path);
            let kind = match kind.map_err(OutputError::file(&step.output, "cannot be looked at"))? {
                Standing::Directory => Kind::Directory,
                Standing::Nothing | Standing::Other => Kind::File,
            };
            let aside = self.attempt.old(&matching.path);
            self.place(step, (&matching.path, &place, &aside), kind)?;
        }
        // Also where an earlier call has moved files to.
        let changed = folders_below(&from, &to);
        let changed = changed.map_err(OutputError::file(&step.output, "cannot be looked at"))?;
        self.changed.extend(changed);
        Ok(())
    }

    /// What matches a glob and is still where the program wrote it.
    fn unmoved(&self, step: &Move) -> Result<Vec<Match>, OutputError> {
        let refused = |problem| OutputError::refused(&step.output, problem);
        let glob = Glob::parse(&step.output).map_err(refused)?;
        let walk = Walk {
            project: self.project,
            written: &step.output,
            below: glob.below(),
        };
        let mut found = Vec::new();
        // A directory that matches is moved with all that is in it.
        walk.visit(&self.paths(step).0, &mut |matching| {
            // What an exchange has left, or what was moved aside.
            if !self.is_left(&matching.path) {
                found.push(matching);
            }
            Visit::Beside
        })?;
        // In the same order each time.
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    fn is_left(&self, path: &Path) -> bool {
        let is_marked =
            standing(&self.attempt.mark(path)).is_ok_and(|mark| mark != Standing::Nothing);
        is_marked || self.attempt.is_old(path)
    }

    /// Makes the directories between `to` and what is named below it.
    fn make_folders(&mut self, to: &Path, name: &Path) -> io::Result<()> {
        let mut folder = to.to_owned();
        for part in name.parent().into_iter().flat_map(Path::components) {
            let above = folder.clone();
            folder.push(part);
            if standing(&folder)? == Standing::Directory {
                continue;
            }
            (self.before)()?;
            // A link or a file is not followed or replaced: it is an error.
            fs::create_dir(&folder)?;
            self.changed.insert(above);
        }
        Ok(())
    }

    fn clean_up(&mut self, step: &Move) -> io::Result<()> {
        let (from, to) = self.paths(step);
        let aside = self.attempt.old(&to);
        for path in [&from, &aside] {
            if standing(path)? != Standing::Nothing {
                (self.before)()?;
                remove_tree(path)?;
            }
        }
        Ok(())
    }

    /// Whether an earlier call has moved something.
    fn moved_earlier(&self, moves: &[Move]) -> bool {
        moves.iter().any(|step| {
            let (from, to) = self.paths(step);
            let left = standing(&from).unwrap_or(Standing::Nothing);
            match step.kind {
                Kind::InPlace => false,
                Kind::Matching { count } => self
                    .unmoved(step)
                    .is_ok_and(|unmoved| (unmoved.len() as u64) < count),
                kind => {
                    left == Standing::Nothing
                        || self.is_replaced(&from, left, kind).unwrap_or(true)
                        || standing(&self.attempt.old(&to)).unwrap_or(Standing::Other)
                            != Standing::Nothing
                }
            }
        })
    }
}

fn exchange_names(exchange: Exchange, from: &Path, to: &Path) -> Result<(), Errno> {
    match exchange {
        Exchange::Possible => renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE),
        #[cfg(test)]
        Exchange::Impossible => Err(Errno::INVAL),
    }
}

fn is_unsupported(error: Errno) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].contains(&error)
}
