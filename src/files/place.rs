//! Reading, listing and dropping files.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::{Error, ObjectStore, ObjectStoreExt};

use super::error::failed;
use super::{FilePath, FileWriter, Result, Written};

/// A place for files; clones share it.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// `None`: the place is no directory.
    directory: Option<PathBuf>,
}

/// A file that is being read.
pub struct FileBody {
    pub bytes: u64,
    pub stream: BoxStream<'static, std::io::Result<Vec<u8>>>,
}

/// A file that was found in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub path: FilePath,
    pub bytes: u64,
    /// Microseconds since 1970.
    pub modified_at: i64,
}

impl Files {
    pub(super) fn on(store: Arc<dyn ObjectStore>, directory: Option<PathBuf>) -> Self {
        Self { store, directory }
    }

    /// Begins a file that replaces the one with this path, if there is one, when it is finished.
    pub fn writer(&self, path: &FilePath) -> FileWriter {
        FileWriter::begin(Arc::clone(&self.store), path)
    }

    /// Writes a file that is in memory.
    pub async fn put(&self, path: &FilePath, bytes: Vec<u8>) -> Result<Written> {
        let mut writer = self.writer(path);
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// `None`: there is no such file.
    pub async fn get(&self, path: &FilePath) -> Result<Option<FileBody>> {
        match self.store.get(&path.0).await {
            Ok(found) => Ok(Some(FileBody {
                bytes: found.meta.size,
                stream: found
                    .into_stream()
                    .map_ok(|bytes| bytes.to_vec())
                    .map_err(std::io::Error::other)
                    .boxed(),
            })),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", path.0.as_ref())(error)),
        }
    }

    /// The size of a file; `None`: there is no such file.
    pub async fn size(&self, path: &FilePath) -> Result<Option<u64>> {
        match self.store.head(&path.0).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("look at", path.0.as_ref())(error)),
        }
    }

    /// A part of a file, which ends with the file if that is shorter.
    pub async fn part(&self, path: &FilePath, range: Range<u64>) -> Result<Vec<u8>> {
        let part = self.store.get_range(&path.0, range).await;
        let part = part.map_err(failed("read", path.0.as_ref()))?;
        Ok(part.to_vec())
    }

    /// Up to so many files of a folder that come after a path, in the order of paths.
    pub async fn list(
        &self,
        folder: &FilePath,
        after: Option<&FilePath>,
        limit: usize,
    ) -> Result<Vec<Listed>> {
        let mut found = match after {
            Some(after) => self.store.list_with_offset(Some(&folder.0), &after.0),
            None => self.store.list(Some(&folder.0)),
        };
        // A directory is not listed in any order.
        let mut first: std::collections::BTreeMap<FilePath, Listed> = Default::default();
        while let Some(file) = found
            .try_next()
            .await
            .map_err(failed("list", folder.0.as_ref()))?
        {
            let path = FilePath(file.location);
            let listed = Listed {
                path: path.clone(),
                bytes: file.size,
                modified_at: file.last_modified.timestamp_micros(),
            };
            first.insert(path, listed);
            if first.len() > limit {
                first.pop_last();
            }
        }
        Ok(first.into_values().collect())
    }

    /// Drops a file; one that is not there is dropped already.
    pub async fn delete(&self, path: &FilePath) -> Result<()> {
        match self.store.delete(&path.0).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("drop", path.0.as_ref())(error)),
        }
    }

    /// Drops a folder with everything in it, what was never finished included.
    pub async fn delete_folder(&self, folder: &FilePath) -> Result<()> {
        if let Some(directory) = &self.directory {
            let folder = directory.join(folder.0.as_ref());
            let shown = folder.display().to_string();
            let removed = tokio::fs::remove_dir_all(folder).await;
            return match removed {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    let source = Box::new(error);
                    let store = "directory";
                    Err(failed("drop", &shown)(Error::Generic { store, source }))
                }
                _ => Ok(()),
            };
        }
        let locations = self
            .store
            .list(Some(&folder.0))
            .map_ok(|file| file.location);
        let mut dropped = self.store.delete_stream(locations.boxed());
        loop {
            match dropped.try_next().await {
                Ok(Some(_)) | Err(Error::NotFound { .. }) => {}
                Ok(None) => return Ok(()),
                Err(error) => return Err(failed("drop", folder.0.as_ref())(error)),
            }
        }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Files({})", self.store)
    }
}
