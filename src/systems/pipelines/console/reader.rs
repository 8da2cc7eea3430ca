//! Reads a log while it is written and after.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::layout::{Extent, Record, index_path, marks_path, read_progress, ring_path};
use super::marks::{Mark, Progress};
use super::packed::{PackedBytes, PackedLog};
use super::times::{Sample, read_samples, time_at};

/// How much is looked at at once when lines are counted from the end.
const TAIL_PIECE_BYTES: u64 = 64 * 1024;

/// More is never read at once.
const READ_BYTES_MAX: usize = 1 << 20;

/// A part of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Bytes {
        offset: u64,
        bytes: Vec<u8>,
    },
    /// What was between these offsets was dropped; reading continues at `to`.
    Gap {
        from: u64,
        to: u64,
    },
    /// Nothing more has been written.
    End {
        total: u64,
    },
}

/// What became of a buffer into which a part of a stream was to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// So many bytes were read, at least one.
    Bytes(usize),
    /// What comes first was dropped, up to this offset.
    Gap {
        to: u64,
    },
    End {
        total: u64,
    },
}

/// A log, live or packed.
pub(crate) enum ConsoleReader {
    Live(LiveLog),
    Packed(PackedLog),
}

impl ConsoleReader {
    /// Opens the log of an attempt by the path that its writer was given.
    pub(crate) fn open(log: &Path) -> io::Result<Self> {
        let live = LiveLog {
            head: File::open(log)?,
            log: log.to_owned(),
            ring: OnceLock::new(),
            index: OnceLock::new(),
        };
        // Opened now if they are there: a reader may outlive the names of its files.
        live.index()?;
        live.ring()?;
        Ok(Self::Live(live))
    }

    /// The packed form of a log that has ended.
    pub(crate) fn open_packed(bytes: impl PackedBytes + 'static) -> io::Result<Self> {
        Ok(Self::Packed(PackedLog::open(bytes)?))
    }

    pub(crate) fn extent(&self) -> io::Result<Extent> {
        match self {
            Self::Live(log) => log.extent(),
            Self::Packed(log) => Ok(log.extent()),
        }
    }

    /// At most `bytes_max` bytes from this offset on.
    pub(crate) fn read(&self, from: u64, bytes_max: usize) -> io::Result<Piece> {
        let mut bytes = vec![0; bytes_max.min(READ_BYTES_MAX)];
        Ok(match self.fill(from, &mut bytes)? {
            Filled::Bytes(count) => {
                bytes.truncate(count);
                Piece::Bytes {
                    offset: from,
                    bytes,
                }
            }
            Filled::Gap { to } => Piece::Gap { from, to },
            Filled::End { total } => Piece::End { total },
        })
    }

    /// As much from this offset on as there is in one place and the buffer takes.
    fn fill(&self, from: u64, buffer: &mut [u8]) -> io::Result<Filled> {
        match self {
            Self::Live(log) => log.fill(from, buffer),
            Self::Packed(log) => log.fill(from, buffer),
        }
    }

    /// Where the last lines begin; a newline at the very end begins none. Not before the gap.
    pub(crate) fn tail(&self, lines: usize) -> io::Result<u64> {
        let extent = self.extent()?;
        let oldest = extent.gap.map_or(0, |gap| gap.end);
        let mut newlines = 0;
        let mut end = extent.total;
        while end > oldest && lines > 0 {
            let start = end.saturating_sub(TAIL_PIECE_BYTES).max(oldest);
            let Some(bytes) = self.read_exactly(start, end)? else {
                // The ring has turned meanwhile: what is still there begins behind these bytes.
                return Ok(end);
            };
            for newline in memchr::memrchr_iter(b'\n', &bytes) {
                let behind = start + newline as u64 + 1;
                newlines += usize::from(behind != extent.total);
                if newlines == lines {
                    return Ok(behind);
                }
            }
            end = start;
        }
        Ok(end)
    }

    fn read_exactly(&self, mut start: u64, end: u64) -> io::Result<Option<Vec<u8>>> {
        let mut all = Vec::new();
        while start < end {
            let bytes_max = usize::try_from(end - start).unwrap_or(usize::MAX);
            let Piece::Bytes { bytes, .. } = self.read(start, bytes_max)? else {
                return Ok(None);
            };
            start += bytes.len() as u64;
            all.extend(bytes);
        }
        Ok(Some(all))
    }

    /// Folds, errors and warnings so far.
    pub(crate) fn marks(&self) -> io::Result<Vec<Mark>> {
        match self {
            Self::Live(log) => log.marks(),
            Self::Packed(log) => Ok(log.marks().to_vec()),
        }
    }

    /// When the byte at this offset was written, in microseconds since 1970, to the second at best.
    /// `None`: the log was written in one go, about when its attempt began.
    pub(crate) fn time_at(&self, offset: u64) -> Option<i64> {
        match self {
            Self::Live(_) => time_at(&self.samples(), offset),
            Self::Packed(log) => time_at(log.samples(), offset),
        }
    }

    pub(super) fn samples(&self) -> Vec<Sample> {
        match self {
            Self::Live(log) => log
                .index()
                .ok()
                .flatten()
                .map(read_samples)
                .unwrap_or_default(),
            Self::Packed(log) => log.samples().to_vec(),
        }
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        match self {
            Self::Live(log) => log.index().ok().flatten().and_then(read_progress),
            Self::Packed(log) => log.progress().cloned(),
        }
    }
}

pub(crate) struct LiveLog {
    log: PathBuf,
    head: File,
    ring: OnceLock<File>,
    index: OnceLock<File>,
}

impl LiveLog {
    fn index(&self) -> io::Result<Option<&File>> {
        open_once(&self.index, || index_path(&self.log))
    }

    fn ring(&self) -> io::Result<Option<&File>> {
        open_once(&self.ring, || ring_path(&self.log))
    }

    fn record(&self) -> io::Result<Option<Record>> {
        match self.index()? {
            Some(index) => Record::read(index),
            None => Ok(None),
        }
    }

    fn extent(&self) -> io::Result<Extent> {
        match self.record()? {
            Some(record) => Ok(record.extent()),
            None => Ok(Extent::whole(self.head.metadata()?.len())),
        }
    }

    pub(super) fn fill(&self, from: u64, buffer: &mut [u8]) -> io::Result<Filled> {
        let in_head = read_full_at(&self.head, buffer, from)?;
        if in_head > 0 {
            return Ok(Filled::Bytes(in_head));
        }
        loop {
            let Some(record) = self.record()? else {
                let total = self.head.metadata()?.len();
                // It has grown since it was read.
                return if from < total {
                    self.fill(from, buffer)
                } else {
                    Ok(Filled::End { total })
                };
            };
            let oldest = record.oldest_in_ring();
            if from >= record.total {
                return Ok(Filled::End {
                    total: record.total,
                });
            }
            if from < record.sizes.head {
                return self.fill(from, buffer);
            }
            if from < oldest {
                return Ok(Filled::Gap { to: oldest });
            }
            let there = usize::try_from(record.total - from).unwrap_or(usize::MAX);
            let bytes = there.min(buffer.len());
            self.read_ring(&record, from, &mut buffer[..bytes])?;
            let is_untouched = self
                .record()?
                .is_some_and(|after| from >= after.oldest_in_ring());
            if is_untouched {
                return Ok(Filled::Bytes(bytes));
            }
        }
    }

    fn read_ring(&self, record: &Record, from: u64, bytes: &mut [u8]) -> io::Result<()> {
        let ring = self.ring()?.ok_or(io::ErrorKind::NotFound)?;
        let position = (from - record.sizes.head) % record.sizes.ring;
        let to_its_end = usize::try_from(record.sizes.ring - position).unwrap_or(usize::MAX);
        let (now, wrapped) = bytes.split_at_mut(bytes.len().min(to_its_end));
        ring.read_exact_at(now, position)?;
        ring.read_exact_at(wrapped, 0)
    }

    fn marks(&self) -> io::Result<Vec<Mark>> {
        let text = match std::fs::read(marks_path(&self.log)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        // The last line may be half written.
        let whole = text.split_inclusive(|&byte| byte == b'\n');
        Ok(whole
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }
}

/// `None`: the file is not there yet.
fn open_once(file: &OnceLock<File>, path: impl FnOnce() -> PathBuf) -> io::Result<Option<&File>> {
    if file.get().is_none() {
        match File::open(path()) {
            // Another thread may have been faster; it has opened the same file.
            Ok(opened) => drop(file.set(opened)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(file.get())
}

/// Reads until the buffer is full or the file ends.
fn read_full_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
