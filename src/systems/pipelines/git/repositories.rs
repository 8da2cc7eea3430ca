//! All repositories of this server, in a directory of their own.

use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use super::address::Address;
use super::checkout::Checkouts;
use super::command::{Git, GitLimits};
use super::error::GitError;
use super::lock::Lock;
use super::mirror::Mirror;
use crate::webhooks::CommitId;

/// Clones share everything. Processes that share the directory wait for each other.
#[derive(Clone, Debug)]
pub(crate) struct Repositories(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// The environment of the server, of which git gets a part.
    server_env: Vec<(String, String)>,
    is_file_allowed: bool,
    limits: GitLimits,
    /// When the last fetch of an address that has succeeded began.
    fetched: Mutex<HashMap<Address, Arc<tokio::sync::Mutex<Option<Instant>>>>>,
}

/// One repository: its directory, and how git is run for it.
pub(super) struct Repository<'r> {
    pub address: &'r Address,
    pub git: Git,
    pub directory: PathBuf,
    limits: GitLimits,
}

impl Repositories {
    pub(crate) fn below(
        root: PathBuf,
        server_env: Vec<(String, String)>,
        is_file_allowed: bool,
        limits: GitLimits,
    ) -> Self {
        Self(Arc::new(Inner {
            root,
            server_env,
            is_file_allowed,
            limits,
            fetched: Mutex::default(),
        }))
    }

    /// Fetches what is new. Callers that wait for it at the same time share the fetch that begins next.
    pub(crate) async fn fetch(&self, address: &Address) -> Result<(), GitError> {
        let asked = Instant::now();
        let fetched = self.fetched(address);
        let mut last = fetched.lock().await;
        if last.is_some_and(|began| began >= asked) {
            return Ok(());
        }
        let began = Instant::now();
        let repository = self.repository(address)?;
        let _lock = repository.lock().await?;
        let mirror = repository.mirror();
        mirror.make().await?;
        mirror.fetch().await?;
        *last = Some(began);
        Ok(())
    }

    /// The commit of a branch or a tag, as it was when the repository was last fetched.
    pub(crate) async fn resolve(
        &self,
        address: &Address,
        name: &str,
    ) -> Result<CommitId, GitError> {
        self.repository(address)?.mirror().resolve(name).await
    }

    /// A commit and those before it on its branch, newest first.
    pub(crate) async fn ancestors(
        &self,
        address: &Address,
        commit: &CommitId,
        most: usize,
    ) -> Result<Vec<CommitId>, GitError> {
        self.repository(address)?
            .mirror()
            .ancestors(commit, most)
            .await
    }

    /// Fetches a commit, unless it is there.
    pub(crate) async fn ensure(
        &self,
        address: &Address,
        commit: &CommitId,
    ) -> Result<(), GitError> {
        let repository = self.repository(address)?;
        let mirror = repository.mirror();
        if mirror.has(commit).await? {
            return Ok(());
        }
        self.fetch(address).await?;
        if mirror.has(commit).await? {
            return Ok(());
        }
        let _lock = repository.lock().await?;
        if mirror.fetch_commit(commit).await? && mirror.has(commit).await? {
            return Ok(());
        }
        Err(GitError::UnknownCommit {
            address: address.clone(),
            commit: commit.clone(),
        })
    }

    /// A file of a commit, of at most so many bytes.
    pub(crate) async fn file(
        &self,
        address: &Address,
        commit: &CommitId,
        path: &str,
        most: u64,
    ) -> Result<Vec<u8>, GitError> {
        self.ensure(address, commit).await?;
        self.repository(address)?
            .mirror()
            .file(commit, path, most)
            .await
    }

    /// The directory with the files of a commit. It stays until it has not been asked for in a while.
    pub(crate) async fn checkout(
        &self,
        address: &Address,
        commit: &CommitId,
    ) -> Result<PathBuf, GitError> {
        let repository = self.repository(address)?;
        let checkouts = repository.checkouts();
        if let Some(directory) = checkouts.find(commit) {
            return Ok(directory);
        }
        self.ensure(address, commit).await?;
        let _lock = repository.lock().await?;
        // Another process may have made it meanwhile.
        match checkouts.find(commit) {
            Some(directory) => Ok(directory),
            None => checkouts.make(&repository.mirror(), commit).await,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.0.root
    }

    pub(super) fn repository<'r>(&self, address: &'r Address) -> Result<Repository<'r>, GitError> {
        if address.is_directory() && !self.0.is_file_allowed {
            return Err(GitError::FileNotAllowed(address.clone()));
        }
        let disk = GitError::disk(address, "made");
        let directory = self.0.root.join(address.digest());
        let trusting = self.0.root.join("trusting.gitconfig");
        if !directory.is_dir() {
            // Repositories may be nobody else's business.
            let mut builder = DirBuilder::new();
            let made = builder.recursive(true).mode(0o700).create(&directory);
            made.map_err(&disk)?;
        }
        if address.is_directory() && !trusting.is_file() {
            write_trusting(&trusting).map_err(&disk)?;
        }
        Ok(Repository {
            address,
            git: Git::new(address, &self.0.server_env, self.0.limits, &trusting),
            directory,
            limits: self.0.limits,
        })
    }

    fn fetched(&self, address: &Address) -> Arc<tokio::sync::Mutex<Option<Instant>>> {
        let mut fetched = self
            .0
            .fetched
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(fetched.entry(address.clone()).or_default())
    }
}

impl Repository<'_> {
    pub(super) fn mirror(&self) -> Mirror<'_> {
        Mirror {
            address: self.address,
            git: &self.git,
            directory: self.directory.join("mirror.git"),
        }
    }

    pub(super) fn checkouts(&self) -> Checkouts {
        Checkouts::below(&self.directory)
    }

    /// Others wait as long as one of them may take.
    pub(super) async fn lock(&self) -> Result<Lock, GitError> {
        let lock = Lock::take(&self.directory.join("lock"), self.limits.whole * 2).await;
        lock.map_err(GitError::disk(self.address, "locked"))
    }
}

/// Lets git read directories of other users.
fn write_trusting(path: &Path) -> io::Result<()> {
    let beside = path.with_extension(format!("{}", std::process::id()));
    fs::write(&beside, "[safe]\n\tdirectory = *\n")?;
    fs::rename(beside, path)
}
