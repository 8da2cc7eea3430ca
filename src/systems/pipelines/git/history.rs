//! What stands in commits of a mirror: names, ancestors, and single files.

use super::error::GitError;
use super::mirror::Mirror;
use crate::webhooks::CommitId;

/// What a link to another file is called in a tree.
const LINK: &str = "120000";

impl Mirror<'_> {
    /// The commit of a branch or, if there is none, of a tag.
    pub(super) async fn resolve(&self, name: &str) -> Result<CommitId, GitError> {
        let unknown = || GitError::UnknownRef {
            address: self.address.clone(),
            name: name.to_owned(),
        };
        let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
        if !self.exists() || name.is_empty() || name.chars().any(is_odd) {
            return Err(unknown());
        }
        let names = match name.starts_with("refs/") {
            true => vec![name.to_owned()],
            false => ["heads", "tags"]
                .map(|kind| format!("refs/{kind}/{name}"))
                .to_vec(),
        };
        let found = self.commits(&names).await?;
        found.into_iter().flatten().next().ok_or_else(unknown)
    }

    /// A commit and those before it on its branch, newest first.
    pub(super) async fn ancestors(
        &self,
        commit: &CommitId,
        most: usize,
    ) -> Result<Vec<CommitId>, GitError> {
        let most = format!("--max-count={most}");
        let arguments = ["rev-list", "--first-parent", &most, commit.as_str()];
        let text = self.expect("read", self.run(&arguments, None).await?)?;
        Ok(text.lines().filter_map(CommitId::parse).collect())
    }

    /// The content of a file. A link is not followed: it is no file.
    pub(super) async fn file(
        &self,
        commit: &CommitId,
        path: &str,
        most: u64,
    ) -> Result<Vec<u8>, GitError> {
        let no_file = || GitError::NoFile {
            commit: commit.clone(),
            path: path.to_owned(),
        };
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return Err(no_file());
        }
        let arguments = [
            "ls-tree",
            "-l",
            "-z",
            "--full-tree",
            commit.as_str(),
            "--",
            path,
        ];
        let listed = self.expect("read", self.run(&arguments, None).await?)?;
        // `MODE TYPE ID SIZE<tab>PATH`
        let (about, found) = listed
            .trim_end_matches('\0')
            .split_once('\t')
            .ok_or_else(no_file)?;
        let parts: Vec<&str> = about.split_whitespace().collect();
        let [mode, "blob", id, size] = parts[..] else {
            return Err(no_file());
        };
        if mode == LINK || found != path {
            return Err(no_file());
        }
        let size: u64 = size.parse().unwrap_or(u64::MAX);
        if size > most {
            return Err(GitError::TooLarge {
                commit: commit.clone(),
                path: path.to_owned(),
                size,
                most,
            });
        }
        let output = self.run(&["cat-file", "blob", id], None).await?;
        match output.is_success {
            true => Ok(output.stdout),
            false => self.expect("read", output).map(String::into_bytes),
        }
    }

    /// Paths of links in a commit.
    pub(super) async fn links(&self, commit: &CommitId) -> Result<Vec<String>, GitError> {
        let arguments = ["ls-tree", "-r", "-z", "--full-tree", commit.as_str()];
        let listed = self.expect("read", self.run(&arguments, None).await?)?;
        let entries = listed.split('\0').filter(|entry| entry.starts_with(LINK));
        let paths = entries.filter_map(|entry| entry.split_once('\t'));
        Ok(paths.map(|(_, path)| path.to_owned()).collect())
    }
}
