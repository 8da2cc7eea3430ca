//! Where the logs of attempts are: a file while commands write it, an artifact after.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use entity::JobId;

use crate::engine::artifacts::{ArtifactError, Artifacts};
use crate::engine::seam::{StepError, blocking};
use crate::systems::pipelines::console::{ConsoleReader, pack, remove_log};

/// The directory of the logs that are being written.
#[derive(Clone, Debug)]
pub(crate) struct Logs(PathBuf);

/// The artifact of an attempt's log.
pub(crate) fn artifact_name(attempt: u32) -> String {
    format!("console-{attempt}.log.lz4")
}

/// The attempt whose log an artifact is.
pub(crate) fn attempt_of(artifact: &str) -> Option<u32> {
    artifact
        .strip_prefix("console-")?
        .strip_suffix(".log.lz4")?
        .parse()
        .ok()
}

impl Logs {
    pub(crate) fn in_directory(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// The log of an attempt. Its directory is made.
    pub(crate) fn make_room(&self, attempt_id: &str) -> Result<PathBuf, StepError> {
        let path = self.path(attempt_id);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.map_err(|error| {
            StepError::retry("the directory of logs cannot be made").caused_by(error)
        })?;
        Ok(path)
    }

    /// Not all in one directory: the last digits of ids differ most.
    fn path(&self, attempt_id: &str) -> PathBuf {
        let job = attempt_id.split('.').next().unwrap_or_default();
        let shard = job.get(job.len().saturating_sub(2)..).unwrap_or("00");
        self.0.join(shard).join(format!("{attempt_id}.log"))
    }

    /// The log of an attempt that is not put away yet.
    pub(crate) fn live(&self, job: &JobId, attempt: u32) -> Option<ConsoleReader> {
        ConsoleReader::open(&self.path(&format!("{job}.{attempt}"))).ok()
    }

    /// Whether the log of an attempt is there and not put away yet.
    pub(crate) fn is_live(&self, job: &JobId, attempt: u32) -> bool {
        self.path(&format!("{job}.{attempt}")).exists()
    }

    /// Attempts whose logs are not put away yet.
    pub(crate) fn live_attempts(&self, job: &JobId) -> Vec<u32> {
        let path = self.path(&format!("{job}.0"));
        let entries = path.parent().map(fs::read_dir);
        let entries = entries.into_iter().flatten().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let prefix = format!("{job}.");
        let numbers = names.filter_map(|name| {
            name.strip_prefix(&prefix)?
                .strip_suffix(".log")?
                .parse()
                .ok()
        });
        numbers.collect()
    }

    /// Makes the log of an attempt an artifact of its job. Without one, there is nothing to do.
    pub(super) async fn keep(
        &self,
        attempt_id: &str,
        attempt: u32,
        files: Option<&Artifacts>,
    ) -> Result<(), StepError> {
        let path = self.path(attempt_id);
        if !path.exists() {
            return Ok(());
        }
        if let Some(files) = files
            && !is_empty(&path)?
        {
            let mut writer = files.writer(&artifact_name(attempt)).map_err(away)?;
            let log = path.clone();
            let mut packer = blocking(move || pack(&log).map_err(failed)).await?;
            loop {
                let next = blocking(move || {
                    let piece = packer.next();
                    Ok((packer, piece))
                });
                let (rest, piece) = next.await?;
                packer = rest;
                let Some(piece) = piece else { break };
                writer.write(piece.map_err(failed)?).await.map_err(away)?;
            }
            writer.finish().await.map_err(away)?;
        }
        blocking(move || {
            remove_log(&path).map_err(failed)?;
            Ok(())
        })
        .await
    }
}

fn is_empty(log: &Path) -> Result<bool, StepError> {
    let extent = ConsoleReader::open(log).and_then(|reader| reader.extent());
    Ok(extent.map_err(failed)?.total == 0)
}

/// A full disk is waited for: the message says so, and not only that files cannot be reached.
fn away(error: ArtifactError) -> StepError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        if let Some(io) = found.downcast_ref::<io::Error>()
            && matches!(
                io.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        {
            let sentence = "no space is left for the log of an attempt";
            return StepError::outage("the files of jobs", sentence).caused_by(error);
        }
        cause = found.source();
    }
    error.into()
}

fn failed(error: io::Error) -> StepError {
    StepError::retry("a log cannot be put away").caused_by(error)
}
