//! The log of an attempt that has ended: an artifact, of which only the parts that are wanted are read.

use std::io;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::engine::artifacts::ArtifactParts;
use crate::systems::pipelines::console::{ConsoleReader, PackedBytes};

/// Clones share it.
#[derive(Clone)]
pub(super) struct KeptLog(Arc<ConsoleReader>);

/// Used on threads for blocking work only.
struct Parts {
    artifact: ArtifactParts,
    runtime: Handle,
}

impl PackedBytes for Parts {
    fn size(&self) -> io::Result<u64> {
        Ok(self.artifact.bytes)
    }

    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset + buffer.len() as u64;
        let read = self.runtime.block_on(self.artifact.read(offset..end));
        let read = read.map_err(io::Error::other)?;
        if read.len() != buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer.copy_from_slice(&read);
        Ok(())
    }
}

impl KeptLog {
    pub(super) async fn open(artifact: ArtifactParts) -> io::Result<Self> {
        let runtime = Handle::current();
        let reader = blocking(move || ConsoleReader::open_packed(Parts { artifact, runtime }));
        Ok(Self(Arc::new(reader.await?)))
    }

    pub(super) async fn with<T: Send + 'static>(
        &self,
        look: impl FnOnce(&ConsoleReader) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let reader = Arc::clone(&self.0);
        blocking(move || look(&reader)).await
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(io::Error::other("the program is stopping")),
        },
    }
}
