//! Artifacts: files that jobs leave, with an index in the store.
//!
//! A file is `job/<id>/<epoch>/<name>`. The epoch is that of the lease under which it was written: a
//! process that was frozen and lost its job writes beside the files of the one that has the job, never
//! over them, and cannot enter its own in the index. A file is written first and entered then; it is
//! dropped first and its entry then. So an entry has its file, and a file without an entry is one that
//! nobody has seen.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use entity::{JobId, artifact};

use super::seam::StepError;
use super::store::{Claim, Store, StoreError};
use super::{CallerError, ErrorKind};
use crate::clock;
use crate::files::{FileBody, FilePath, FileWriter, Files, FilesError, Written, is_file_name};

/// Files that are looked at together when those without an entry are looked for.
const LISTED_AT_ONCE: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("`{name}` cannot be the name of an artifact")]
    Name { name: String },
    #[error("failed to reach the files of a job")]
    Files(#[from] FilesError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ArtifactError {
    /// Whether trying again can help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Name { .. } => false,
            Self::Files(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
        }
    }
}

impl CallerError for ArtifactError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Name { .. } => ErrorKind::NotFound,
            Self::Files(error) if error.is_transient() => ErrorKind::Unavailable,
            Self::Files(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Store(error) => error.public_message(),
            Self::Name { .. } | Self::Files(_) => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Store(error) => error.is_logged(),
            Self::Name { .. } | Self::Files(_) => false,
        }
    }
}

impl From<ArtifactError> for StepError {
    fn from(error: ArtifactError) -> Self {
        match error {
            ArtifactError::Store(error) => error.into(),
            ArtifactError::Name { .. } => Self::refused(&error),
            ArtifactError::Files(ref files) if files.is_transient() => {
                Self::outage("the place of artifacts", error.to_string()).caused_by(error)
            }
            ArtifactError::Files(_) => Self::retry(error.to_string()).caused_by(error),
        }
    }
}

type Result<T> = std::result::Result<T, ArtifactError>;

/// The artifacts of all jobs; clones share them.
#[derive(Clone, Debug)]
pub struct AllArtifacts {
    store: Store,
    files: Files,
}

/// The artifacts of one job, for the process that runs it.
#[derive(Clone, Debug)]
pub struct Artifacts {
    all: AllArtifacts,
    claim: Claim,
}

/// Writes one artifact. It shows when [`finish`](Self::finish) returns; dropped before, it never does.
pub struct ArtifactWriter {
    artifacts: Artifacts,
    name: String,
    writer: FileWriter,
}

/// An artifact whose parts are read in any order.
#[derive(Clone, Debug)]
pub(crate) struct ArtifactParts {
    files: Files,
    path: FilePath,
    pub bytes: u64,
}

impl ArtifactParts {
    pub async fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        Ok(self.files.part(&self.path, range).await?)
    }
}

impl AllArtifacts {
    pub fn new(store: Store, files: Files) -> Self {
        Self { store, files }
    }

    /// Those of a job that this process holds.
    pub fn of(&self, claim: Claim) -> Artifacts {
        Artifacts {
            all: self.clone(),
            claim,
        }
    }

    /// By name.
    pub async fn list(&self, job: &JobId) -> Result<Vec<artifact::Model>> {
        Ok(self.store.artifacts().of(job).await?)
    }

    /// An artifact with its bytes; `None`: there is none of this name.
    pub async fn open(
        &self,
        job: &JobId,
        name: &str,
    ) -> Result<Option<(artifact::Model, FileBody)>> {
        // Between the two looks it may be replaced, once or twice.
        const LOOKS: usize = 3;
        for _ in 0..LOOKS {
            let Some(found) = self.store.artifacts().find(job, name).await? else {
                return Ok(None);
            };
            let body = self.files.get(&path(&found)?).await?;
            if let Some(body) = body.filter(|body| body.bytes == found.bytes.unsigned_abs()) {
                return Ok(Some((found, body)));
            }
        }
        Ok(None)
    }

    /// An artifact that is read part by part; `None`: there is none of this name.
    pub(crate) async fn parts(&self, job: &JobId, name: &str) -> Result<Option<ArtifactParts>> {
        let Some(found) = self.store.artifacts().find(job, name).await? else {
            return Ok(None);
        };
        let path = path(&found)?;
        let bytes = self.files.size(&path).await?;
        let files = self.files.clone();
        Ok(bytes.map(|bytes| ArtifactParts { files, path, bytes }))
    }

    /// Drops up to so many artifacts of ended jobs from before this moment; returns how many.
    pub(crate) async fn drop_aged(&self, before: i64, limit: u64) -> Result<u64> {
        let index = self.store.artifacts();
        let aged = index.aged(before, limit).await?;
        let count = aged.len() as u64;
        for artifact in &aged {
            self.files.delete(&path(artifact)?).await?;
        }
        if count > 0 {
            index.drop_entries(aged).await?;
        }
        Ok(count)
    }

    /// Drops all files of a job, those without an entry and unfinished ones, too.
    pub(crate) async fn drop_files_of(&self, job: &JobId) -> Result<()> {
        let folder = FilePath::of(["job", job.as_str()])?;
        Ok(self.files.delete_folder(&folder).await?)
    }

    /// Drops files from before this moment that have no entry. Some that are newer are being written.
    pub async fn drop_unknown(&self, before: i64) -> Result<u64> {
        let folder = FilePath::of(["job"])?;
        let (mut after, mut dropped) = (None, 0);
        loop {
            let listed = self.files.list(&folder, after.as_ref(), LISTED_AT_ONCE);
            let listed = listed.await?;
            let Some(last) = listed.last() else {
                return Ok(dropped);
            };
            after = Some(last.path.clone());
            let old = listed.iter().filter(|file| file.modified_at < before);
            let old: Vec<&FilePath> = old.map(|file| &file.path).collect();
            let jobs: BTreeSet<JobId> = old.iter().filter_map(|path| job_of(path)).collect();
            let jobs: Vec<JobId> = jobs.into_iter().collect();
            let known = self.store.artifacts().of_all(&jobs).await?;
            let known = known.iter().map(path);
            let known = known.collect::<std::result::Result<BTreeSet<FilePath>, _>>()?;
            for path in old {
                // A file that belongs to no job was put there by another program.
                if job_of(path).is_some() && !known.contains(path) {
                    self.files.delete(path).await?;
                    dropped += 1;
                }
            }
        }
    }
}

impl Artifacts {
    /// Begins an artifact, which replaces the one of this name, if there is one, when it is finished.
    pub fn writer(&self, name: &str) -> Result<ArtifactWriter> {
        if !is_file_name(name) {
            let name = name.to_owned();
            return Err(ArtifactError::Name { name });
        }
        let path = path_of(&self.claim.job, self.claim.epoch, name)?;
        Ok(ArtifactWriter {
            artifacts: self.clone(),
            name: name.to_owned(),
            writer: self.all.files.writer(&path),
        })
    }

    /// Writes an artifact that is in memory.
    pub async fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Result<Written> {
        let mut writer = self.writer(name)?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// Copies a local file.
    pub async fn put_file(&self, name: &str, from: &Path) -> Result<Written> {
        let mut writer = self.writer(name)?;
        writer.writer.write_file(from).await?;
        writer.finish().await
    }

    /// By name.
    pub async fn list(&self) -> Result<Vec<artifact::Model>> {
        self.all.list(&self.claim.job).await
    }

    /// An artifact with its bytes; `None`: there is none of this name.
    pub async fn open(&self, name: &str) -> Result<Option<(artifact::Model, FileBody)>> {
        self.all.open(&self.claim.job, name).await
    }

    /// Drops an artifact; one that is not there is dropped already.
    pub async fn delete(&self, name: &str) -> Result<()> {
        let index = self.all.store.artifacts();
        if let Some(found) = index.find(&self.claim.job, name).await? {
            self.all.files.delete(&path(&found)?).await?;
            index.remove(&self.claim, name).await?;
        }
        Ok(())
    }
}

impl ArtifactWriter {
    pub async fn write(&mut self, bytes: impl Into<Vec<u8>>) -> Result<()> {
        Ok(self.writer.write(bytes).await?)
    }

    /// Lets the artifact show, in the place of an older one of its name.
    pub async fn finish(self) -> Result<Written> {
        let Artifacts { all, claim } = self.artifacts;
        let written = self.writer.finish().await?;
        let row = artifact::Model {
            job_id: claim.job.clone(),
            name: self.name.clone(),
            epoch: claim.epoch,
            bytes: i64::try_from(written.bytes).unwrap_or(i64::MAX),
            sha256: written.sha256.clone(),
            created_at: clock::now_micros(),
        };
        let before = all.store.artifacts().record(&claim, row).await?;
        if let Some(epoch) = before.filter(|epoch| *epoch != claim.epoch) {
            let replaced = path_of(&claim.job, epoch, &self.name)?;
            // Otherwise it is found among the files without an entry.
            all.files.delete(&replaced).await.ok();
        }
        Ok(written)
    }

    /// Gives the artifact up.
    pub async fn abort(self) -> Result<()> {
        Ok(self.writer.abort().await?)
    }
}

fn path(artifact: &artifact::Model) -> std::result::Result<FilePath, FilesError> {
    path_of(&artifact.job_id, artifact.epoch, &artifact.name)
}

fn path_of(job: &JobId, epoch: i64, name: &str) -> std::result::Result<FilePath, FilesError> {
    FilePath::of(["job", job.as_str(), &epoch.to_string(), name])
}

/// The job that a path belongs to.
fn job_of(path: &FilePath) -> Option<JobId> {
    match path.parts().as_slice() {
        [_, job, epoch, _] if epoch.parse::<i64>().is_ok() => job.parse().ok(),
        _ => None,
    }
}
