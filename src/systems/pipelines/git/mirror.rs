//! A bare copy of a repository: all its branches and tags, and commits that were asked for by their ids.

use std::path::{Path, PathBuf};

use super::address::Address;
use super::command::{Git, Output};
use super::error::{GitError, reason};
use crate::webhooks::CommitId;

/// Where commits are kept that are on no branch.
const KEPT: &str = "refs/audience/";

/// Whoever changes it holds the lock of its repository.
pub(super) struct Mirror<'m> {
    pub address: &'m Address,
    pub git: &'m Git,
    pub directory: PathBuf,
}

impl Mirror<'_> {
    pub(super) fn exists(&self) -> bool {
        // Written last.
        self.directory.join("audience").is_file()
    }

    pub(super) async fn make(&self) -> Result<(), GitError> {
        if self.exists() {
            return Ok(());
        }
        let disk = GitError::disk(self.address, "made");
        std::fs::create_dir_all(&self.directory).map_err(&disk)?;
        let made = ["init", "--quiet", "--bare", "--template=", "."];
        self.expect("made", self.run(&made, None).await?)?;
        std::fs::write(self.directory.join("audience"), "").map_err(&disk)
    }

    /// Fetches all branches and tags.
    pub(super) async fn fetch(&self) -> Result<(), GitError> {
        let wanted = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        let fetched = self.fetch_only(&["--prune"], &wanted).await?;
        self.fetched(fetched)
    }

    /// Fetches a commit that is on no branch. Not every server gives one; `false`: this one does not.
    pub(super) async fn fetch_commit(&self, commit: &CommitId) -> Result<bool, GitError> {
        let wanted = format!("+{commit}:{KEPT}{commit}");
        Ok(self.fetch_only(&[], &[&wanted]).await?.is_success)
    }

    async fn fetch_only(&self, options: &[&str], wanted: &[&str]) -> Result<Output, GitError> {
        let all = [
            "fetch",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
        ];
        let more = ["--no-auto-gc", "--progress"];
        let last = ["--end-of-options", "origin"];
        let arguments = [&all[..], &more, options, &last, wanted].concat();
        self.run(&arguments, None).await
    }

    fn fetched(&self, output: Output) -> Result<(), GitError> {
        match output.is_success {
            true => Ok(()),
            false => Err(GitError::Fetch {
                address: self.address.clone(),
                reason: reason(self.address, &output.stderr),
            }),
        }
    }

    /// Which of these names stand for commits, and for which.
    pub(super) async fn commits(
        &self,
        names: &[String],
    ) -> Result<Vec<Option<CommitId>>, GitError> {
        let input: String = names
            .iter()
            .map(|name| format!("{name}^{{commit}}\n"))
            .collect();
        let arguments = ["cat-file", "--batch-check=%(objectname)"];
        let output = self.run(&arguments, Some(input.as_bytes())).await?;
        let text = self.expect("read", output)?;
        let lines = text.lines().map(CommitId::parse);
        let mut found: Vec<Option<CommitId>> = lines.collect();
        found.resize(names.len(), None);
        Ok(found)
    }

    pub(super) async fn has(&self, commit: &CommitId) -> Result<bool, GitError> {
        if !self.exists() {
            return Ok(false);
        }
        let found = self.commits(&[commit.to_string()]).await?;
        Ok(found
            .first()
            .is_some_and(|found| found.as_ref() == Some(commit)))
    }

    pub(super) async fn run(
        &self,
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<Output, GitError> {
        self.run_with(self.git, arguments, input).await
    }

    pub(super) async fn run_with(
        &self,
        git: &Git,
        arguments: &[&str],
        input: Option<&[u8]>,
    ) -> Result<Output, GitError> {
        let arguments = [&["--git-dir=."], arguments].concat();
        git.run(&self.directory, &arguments, input).await
    }

    /// What git wrote, if it did what it was asked.
    pub(super) fn expect(
        &self,
        attempted: &'static str,
        output: Output,
    ) -> Result<String, GitError> {
        match output.is_success {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(GitError::Copy {
                address: self.address.clone(),
                attempted,
                reason: reason(self.address, &output.stderr),
            }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }
}
