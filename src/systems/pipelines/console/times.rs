//! When which part of a stream was written, to the second, or more coarsely for commands that run long.
//!
//! A sample says that the bytes from its offset on were not written before its time. There is room for a
//! fixed number of samples in the index; when it is used up, every second one is dropped, and from then on
//! they are taken half as often.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Where the samples are in the index.
const SAMPLES_AT: u64 = 1024;
const SAMPLES_MAX: usize = 1024;
const SAMPLE_BYTES: usize = 16;
const FIRST_EVERY_US: i64 = 1_000_000;

/// An offset and microseconds since 1970.
pub(super) type Sample = (u64, i64);

pub(super) struct Times {
    samples: Vec<Sample>,
    every_us: i64,
    /// How many of the samples are in the index.
    kept: usize,
}

impl Times {
    pub(super) fn new() -> Self {
        Self {
            samples: Vec::new(),
            every_us: FIRST_EVERY_US,
            kept: 0,
        }
    }

    /// What comes next is written now. Whether the index has to be brought up to date.
    pub(super) fn note(&mut self, offset: u64, now: i64) -> bool {
        let is_due = self
            .samples
            .last()
            .is_none_or(|&(_, last)| now >= last + self.every_us);
        if is_due {
            self.samples.push((offset, now));
        }
        // A log that is written in one go needs none.
        is_due && self.samples.len() > 1
    }

    pub(super) fn keep(&mut self, index: &File) -> io::Result<()> {
        if self.samples.len() >= SAMPLES_MAX {
            let mut number = 0;
            self.samples.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.every_us *= 2;
            self.kept = 0;
            index.write_all_at(&[0; SAMPLES_MAX * SAMPLE_BYTES], SAMPLES_AT)?;
        }
        let mut bytes = Vec::new();
        for (offset, at) in &self.samples[self.kept..] {
            bytes.extend(offset.to_le_bytes());
            bytes.extend(at.to_le_bytes());
        }
        index.write_all_at(&bytes, SAMPLES_AT + (self.kept * SAMPLE_BYTES) as u64)?;
        self.kept = self.samples.len();
        Ok(())
    }
}

pub(super) fn read_samples(index: &File) -> Vec<Sample> {
    let mut bytes = vec![0; SAMPLES_MAX * SAMPLE_BYTES];
    let mut filled = 0;
    while let Ok(more @ 1..) = index.read_at(&mut bytes[filled..], SAMPLES_AT + filled as u64) {
        filled += more;
    }
    let samples = bytes[..filled].chunks_exact(SAMPLE_BYTES).map(|sample| {
        let (offset, at) = sample.split_at(8);
        let offset = offset.try_into().map_or(0, u64::from_le_bytes);
        (offset, at.try_into().map_or(0, i64::from_le_bytes))
    });
    samples.take_while(|&(_, at)| at != 0).collect()
}

/// `None`: before the first sample, or there are none.
pub(super) fn time_at(samples: &[Sample], offset: u64) -> Option<i64> {
    let behind = samples.partition_point(|&(start, _)| start <= offset);
    behind.checked_sub(1).map(|sample| samples[sample].1)
}
