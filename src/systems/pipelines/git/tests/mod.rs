//! Repositories in directories of this machine, made by the real git.

mod attacks;
mod checkouts;
mod servers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::webhooks::CommitId;

/// A repository that others push to.
pub(super) struct Upstream {
    folder: TempDir,
}

impl Upstream {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = Self { folder };
        git(upstream.path(), &["init", "-q", "-b", "main", "."]);
        upstream
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn address(&self) -> Address {
        Address::parse(&format!("file://{}", self.path().display())).unwrap()
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits all that there is.
    pub(super) fn commit(&self) -> CommitId {
        git(self.path(), &["add", "-A", "-f"]);
        git(self.path(), &["commit", "-q", "--allow-empty", "-m", "x"]);
        self.id("HEAD")
    }

    pub(super) fn id(&self, name: &str) -> CommitId {
        let id = git(self.path(), &["rev-parse", &format!("{name}^{{commit}}")]);
        CommitId::parse(id.trim()).unwrap()
    }
}

pub(super) fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.com"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a server has of repositories.
pub(super) struct Here {
    folder: TempDir,
    env: Vec<(String, String)>,
    limits: GitLimits,
}

impl Here {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            env: std::env::vars().collect(),
            limits: GitLimits::default(),
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn silent_for(mut self, silent: Duration) -> Self {
        self.limits.silent = silent;
        self
    }

    /// As another process would open them.
    pub(super) fn open(&self) -> Repositories {
        Repositories::below(self.root(), self.env.clone(), true, self.limits)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join("git")
    }
}

pub(super) fn read(path: PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}
