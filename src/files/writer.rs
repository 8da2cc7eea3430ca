//! Writes one file, part by part, and digests it on the way.

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::error::failed;
use super::{FilePath, FilesError, Result};

/// What is kept in memory of a file before it is written: the least that a part of an upload may have.
const PART_BYTES: usize = 5 << 20;

/// Parts on the way at once.
const PARTS_AT_ONCE: usize = 2;

/// Bytes of a local file that are read at once.
const CHUNK_BYTES: usize = 256 << 10;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub bytes: u64,
    /// Hexadecimal digits.
    pub sha256: String,
}

/// Writes one file. It shows when [`finish`](Self::finish) returns; dropped before, it never does.
pub struct FileWriter {
    path: FilePath,
    writer: BufWriter,
    digest: Sha256,
    bytes: u64,
}

impl FileWriter {
    pub(super) fn begin(store: Arc<dyn ObjectStore>, path: &FilePath) -> Self {
        let writer = BufWriter::with_capacity(store, path.0.clone(), PART_BYTES);
        Self {
            path: path.clone(),
            writer: writer.with_max_concurrency(PARTS_AT_ONCE),
            digest: Sha256::new(),
            bytes: 0,
        }
    }

    pub async fn write(&mut self, bytes: impl Into<Vec<u8>>) -> Result<()> {
        let bytes = bytes.into();
        self.digest.update(&bytes);
        self.bytes += bytes.len() as u64;
        let put = self.writer.put(bytes.into()).await;
        put.map_err(failed("write", self.path.0.as_ref()))
    }

    /// Copies a local file.
    pub async fn write_file(&mut self, path: &Path) -> Result<()> {
        let local = |cause| FilesError::Local {
            path: path.display().to_string(),
            cause,
        };
        let mut file = tokio::fs::File::open(path).await.map_err(local)?;
        loop {
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            if file.read_buf(&mut chunk).await.map_err(local)? == 0 {
                return Ok(());
            }
            self.write(chunk).await?;
        }
    }

    /// Lets the file show, in the place of what had its path before.
    pub async fn finish(mut self) -> Result<Written> {
        let shut_down = self.writer.shutdown().await;
        shut_down.map_err(|error| {
            let cause = object_store::Error::Generic {
                store: "files",
                source: Box::new(error),
            };
            failed("write", self.path.0.as_ref())(cause)
        })?;
        let digest = self.digest.finalize();
        Ok(Written {
            bytes: self.bytes,
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// Gives the file up. Where an upload is only dropped, a bucket keeps its parts.
    pub async fn abort(mut self) -> Result<()> {
        let aborted = self.writer.abort().await;
        aborted.map_err(failed("give up", self.path.0.as_ref()))
    }
}
