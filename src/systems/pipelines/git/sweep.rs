//! Removes checkouts that nobody has asked for in a while, and packs mirrors of many pieces.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::address::Address;
use super::error::GitError;
use super::repositories::Repositories;
use crate::webhooks::CommitId;

/// Pieces of a mirror: each fetch leaves one.
const PACKS_MAX: usize = 50;

/// What has just been asked for is about to be used.
const JUST_NOW: Duration = Duration::from_secs(3_600);

/// Which checkouts stay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    /// Of each repository.
    pub newest: usize,
    /// Older ones go.
    pub age: Duration,
}

impl Repositories {
    /// Those of unfinished jobs stay. One that is removed is made again when it is asked for.
    pub(crate) async fn sweep(
        &self,
        address: &Address,
        in_use: &HashSet<CommitId>,
        keep: Keep,
    ) -> Result<usize, GitError> {
        if !self.root().join(address.digest()).is_dir() {
            return Ok(0);
        }
        let repository = self.repository(address)?;
        let disk = GitError::disk(address, "swept");
        let _lock = repository.lock().await?;
        let checkouts = repository.checkouts();
        let mut known = ages(&checkouts.commits, &checkouts.used).map_err(&disk)?;
        known.sort_by_key(|(age, _)| *age);
        let mut removed = 0;
        for (no, (age, commit)) in known.iter().enumerate() {
            let is_old = *age > keep.age || no >= keep.newest;
            if !is_old || *age < JUST_NOW || in_use.contains(commit) {
                continue;
            }
            // Out of its place first: what is there is whole.
            let away = repository.directory.join(format!("away.{commit}"));
            fs::rename(checkouts.commits.join(commit.as_str()), &away).map_err(&disk)?;
            fs::remove_file(checkouts.used.join(commit.as_str())).ok();
            removed += 1;
        }
        for entry in fs::read_dir(&repository.directory).map_err(&disk)? {
            let entry = entry.map_err(&disk)?;
            if entry.file_name().to_string_lossy().starts_with("away.") {
                let removed = tokio::fs::remove_dir_all(entry.path()).await;
                removed.map_err(&disk)?;
            }
        }
        let mirror = repository.mirror();
        if packs(mirror.path()) > PACKS_MAX {
            let output = mirror.run(&["gc", "--quiet", "--no-prune"], None).await?;
            mirror.expect("packed", output)?;
        }
        Ok(removed)
    }
}

/// How long ago each commit was asked for.
fn ages(commits: &Path, used: &Path) -> io::Result<Vec<(Duration, CommitId)>> {
    let entries = match fs::read_dir(commits) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let now = SystemTime::now();
    let mut ages = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Some(commit) = CommitId::parse(&entry.file_name().to_string_lossy()) else {
            continue;
        };
        let used = fs::metadata(used.join(commit.as_str())).or_else(|_| entry.metadata())?;
        let age = now.duration_since(used.modified()?).unwrap_or_default();
        ages.push((age, commit));
    }
    Ok(ages)
}

fn packs(mirror: &Path) -> usize {
    let entries = fs::read_dir(mirror.join("objects/pack"));
    let entries = entries.into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "pack"))
        .count()
}
