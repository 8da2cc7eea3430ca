//! The files of a log, and the record that says how far they have got.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::marks::Progress;

const MAGIC: u64 = u64::from_le_bytes(*b"audlog2\n");
const RECORD_WORDS: usize = 7;
/// Where the latest progress is in the index.
const PROGRESS_AT: u64 = 256;
const PROGRESS_BYTES: usize = 512;

/// The smallest cap and the largest.
const CAP_BYTES: (u64, u64) = (1 << 20, 64 << 30);

pub(super) fn beside(log: &Path, suffix: &str) -> PathBuf {
    let mut path = log.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}

pub(super) fn ring_path(log: &Path) -> PathBuf {
    beside(log, ".ring")
}

pub(super) fn index_path(log: &Path) -> PathBuf {
    beside(log, ".index")
}

pub(super) fn marks_path(log: &Path) -> PathBuf {
    beside(log, ".marks")
}

/// Removes every file of a log; those that are not there are fine.
pub(crate) fn remove_log(log: &Path) -> io::Result<()> {
    for path in [
        ring_path(log),
        index_path(log),
        marks_path(log),
        log.to_owned(),
    ] {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// How a cap is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    pub head: u64,
    pub ring: u64,
}

impl Sizes {
    pub(super) fn of_cap(cap: u64) -> Self {
        let cap = cap.clamp(CAP_BYTES.0, CAP_BYTES.1);
        let head = cap / 8;
        Self {
            head,
            ring: cap - head,
        }
    }
}

/// How far a stream has got, and what of it is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Bytes of the whole stream.
    pub total: u64,
    /// What was dropped.
    pub gap: Option<Range<u64>>,
    /// Newlines of the whole stream. They are counted for lines behind a gap; other logs have no need of
    /// it.
    pub newlines: Option<u64>,
}

impl Extent {
    /// Of a log of which nothing was dropped.
    pub(crate) fn whole(total: u64) -> Self {
        Self {
            total,
            gap: None,
            newlines: None,
        }
    }
}

/// The first record of the index. Only logs that are longer than their head have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub sizes: Sizes,
    /// What is at or behind `intent - ring` will not be overwritten before the next record.
    pub intent: u64,
    pub total: u64,
    /// Newlines among the bytes that `total` counts.
    pub newlines: u64,
}

impl Record {
    pub(super) fn write(self, index: &File) -> io::Result<()> {
        let words = [
            MAGIC,
            self.sizes.head,
            self.sizes.ring,
            self.intent,
            self.total,
            self.newlines,
        ];
        let mut bytes = [0; RECORD_WORDS * 8];
        let check = words.iter().fold(0, |sum, word| sum ^ word);
        for (place, word) in bytes.chunks_exact_mut(8).zip(words.iter().chain([&check])) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        index.write_all_at(&bytes, 0)
    }

    /// `None`: the log has not outgrown its head.
    pub(super) fn read(index: &File) -> io::Result<Option<Self>> {
        /// A record that is being written looks damaged for a moment.
        const LOOKS: usize = 1_000;
        for _ in 0..LOOKS {
            let mut bytes = [0; RECORD_WORDS * 8];
            match index.read_exact_at(&mut bytes, 0) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                other => other?,
            }
            let mut words = [0; RECORD_WORDS];
            for (word, place) in words.iter_mut().zip(bytes.chunks_exact(8)) {
                *word = place.try_into().map_or(0, u64::from_le_bytes);
            }
            if words == [0; RECORD_WORDS] {
                return Ok(None);
            }
            let [magic, head, ring, intent, total, newlines, check] = words;
            let expected = magic ^ head ^ ring ^ intent ^ total ^ newlines;
            if magic == MAGIC && check == expected && ring > 0 {
                return Ok(Some(Self {
                    sizes: Sizes { head, ring },
                    intent,
                    total,
                    newlines,
                }));
            }
            std::thread::yield_now();
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the index of the log is damaged",
        ))
    }

    /// The offset of the first byte of the ring that is certain to be there.
    pub(super) fn oldest_in_ring(self) -> u64 {
        let kept = self.intent.saturating_sub(self.sizes.ring);
        kept.max(self.sizes.head)
    }

    pub(super) fn extent(self) -> Extent {
        let gap = self.sizes.head..self.oldest_in_ring();
        Extent {
            total: self.total,
            gap: (!gap.is_empty()).then_some(gap),
            newlines: Some(self.newlines),
        }
    }
}

pub(super) fn write_progress(index: &File, progress: &Progress) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(progress)?;
    bytes.truncate(PROGRESS_BYTES - 1);
    bytes.resize(PROGRESS_BYTES, b' ');
    index.write_all_at(&bytes, PROGRESS_AT)
}

pub(super) fn read_progress(index: &File) -> Option<Progress> {
    let mut bytes = [0; PROGRESS_BYTES];
    index.read_exact_at(&mut bytes, PROGRESS_AT).ok()?;
    serde_json::from_slice(&bytes).ok()
}
