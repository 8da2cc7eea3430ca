//! The log of one attempt, the same way live and after.

use std::io;
use std::sync::Arc;

use entity::JobId;

use super::error::LogError;
use super::kept::KeptLog;
use super::live::LiveLog;
use super::live::Written;
use super::opening::AttemptLogs;
use crate::systems::pipelines::console::{ConsoleReader, Extent, Mark, Piece, Progress};

/// Clones share it.
#[derive(Clone)]
pub(crate) struct AttemptLog {
    pub attempt: u32,
    pub(super) job: JobId,
    pub(super) logs: AttemptLogs,
    pub(super) source: Source,
}

#[derive(Clone)]
pub(super) enum Source {
    Live(Arc<LiveLog>),
    Kept(KeptLog),
    /// The attempt has ended, and wrote nothing.
    Nothing,
}

impl AttemptLog {
    /// Looks at the log. `None`: nothing has been written.
    async fn with<T: Send + 'static>(
        &self,
        look: impl FnOnce(&ConsoleReader) -> io::Result<T> + Send + 'static,
    ) -> io::Result<Option<T>> {
        match &self.source {
            // The file was written a moment ago: it is in memory.
            Source::Live(log) => log.reader().map(look).transpose(),
            Source::Kept(log) => log.with(look).await.map(Some),
            Source::Nothing => Ok(None),
        }
    }

    pub(crate) async fn extent(&self) -> io::Result<Extent> {
        let extent = self.with(ConsoleReader::extent).await?;
        Ok(extent.unwrap_or_else(|| Extent::whole(0)))
    }

    /// At most so many bytes from this offset on.
    pub(crate) async fn read(&self, from: u64, bytes_max: usize) -> io::Result<Piece> {
        let piece = self.with(move |log| log.read(from, bytes_max)).await?;
        Ok(piece.unwrap_or(Piece::End { total: 0 }))
    }

    /// Where the last lines begin.
    pub(crate) async fn tail(&self, lines: usize) -> io::Result<u64> {
        let from = self.with(move |log| log.tail(lines)).await?;
        Ok(from.unwrap_or(0))
    }

    /// When the byte at this offset was written, to the second at best.
    pub(crate) async fn time_at(&self, offset: u64) -> io::Result<Option<i64>> {
        let at = self.with(move |log| Ok(log.time_at(offset))).await?;
        Ok(at.flatten())
    }

    pub(crate) async fn marks(&self) -> io::Result<(Vec<Mark>, Option<Progress>)> {
        let found = self.with(|log| Ok((log.marks()?, log.progress()))).await?;
        Ok(found.unwrap_or_default())
    }

    /// Finds the file of a log that has come and was put away while nobody looked.
    pub(crate) async fn settle(&mut self) -> Result<(), LogError> {
        if let Source::Live(log) = &self.source
            && log.reader().is_none()
            && log.written().is_over
        {
            self.source = self.logs.kept(&self.job, self.attempt).await?;
        }
        Ok(())
    }

    /// Returns when the log has got beyond this offset, or nothing more comes.
    pub(crate) async fn beyond(&mut self, offset: u64) -> Result<Written, LogError> {
        if let Source::Live(log) = &self.source {
            let written = log.beyond(offset).await;
            if log.reader().is_some() || !written.is_over {
                return Ok(written);
            }
        }
        self.settle().await?;
        Ok(Written {
            total: self.extent().await?.total,
            is_over: true,
            is_elsewhere: false,
        })
    }
}
