//! The files of a commit in a directory: made beside its place and moved there, so that what is there is
//! whole.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::GitError;
use super::links;
use super::mirror::Mirror;
use crate::webhooks::CommitId;

/// Where the commits of a repository are.
pub(super) struct Checkouts {
    /// Has a directory for each commit.
    pub commits: PathBuf,
    /// Has what is being made; the lock of the repository is held for that.
    pub new: PathBuf,
    /// Has a file for each commit: when it was last asked for.
    pub used: PathBuf,
}

impl Checkouts {
    pub(super) fn below(directory: &Path) -> Self {
        Self {
            commits: directory.join("commits"),
            new: directory.join("new"),
            used: directory.join("used"),
        }
    }

    /// The directory of a commit, if it is there.
    pub(super) fn find(&self, commit: &CommitId) -> Option<PathBuf> {
        let directory = self.commits.join(commit.as_str());
        directory.is_dir().then(|| {
            self.touch(commit);
            directory
        })
    }

    fn touch(&self, commit: &CommitId) {
        let file = File::create(self.used.join(commit.as_str()));
        let now = FileTimes::new().set_modified(SystemTime::now());
        // Without it, the commit is only removed earlier.
        file.and_then(|file| file.set_times(now)).ok();
    }

    pub(super) async fn make(
        &self,
        mirror: &Mirror<'_>,
        commit: &CommitId,
    ) -> Result<PathBuf, GitError> {
        let disk = GitError::disk(mirror.address, "written");
        // What a process that was killed has left.
        self.empty_new().await.map_err(&disk)?;
        for directory in [&self.commits, &self.new, &self.used] {
            fs::create_dir_all(directory).map_err(&disk)?;
        }
        let made = self.new.join(commit.as_str());
        fs::create_dir(&made).map_err(&disk)?;
        let git = mirror.git.clone();
        let git = git.with("GIT_INDEX_FILE", &self.new.join("index"));
        let tree = format!("--work-tree={}", made.display());
        let arguments = [
            "-c",
            "core.bare=false",
            &tree,
            "read-tree",
            "--reset",
            "-u",
            commit.as_str(),
        ];
        let output = mirror.run_with(&git, &arguments, None).await?;
        mirror.expect("written", output)?;
        let links = mirror.links(commit).await?;
        if let Some(path) = links::leading_out(&made, &links).map_err(&disk)? {
            return Err(GitError::Link {
                commit: commit.clone(),
                path: path.to_owned(),
            });
        }
        let place = self.commits.join(commit.as_str());
        fs::rename(&made, &place).map_err(&disk)?;
        self.touch(commit);
        Ok(place)
    }

    async fn empty_new(&self) -> std::io::Result<()> {
        match tokio::fs::remove_dir_all(&self.new).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
