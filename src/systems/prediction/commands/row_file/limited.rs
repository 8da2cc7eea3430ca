//! A reader that gives up when one row takes too much.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the bytes that were read since the last row.
pub(super) struct Limited<R> {
    input: R,
    most: u64,
    read: BytesRead,
}

/// How many bytes those are. Clones share it.
#[derive(Clone, Default)]
pub(super) struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    pub fn row_is_complete(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl<R> Limited<R> {
    pub fn new(input: R, most: u64) -> Self {
        Self {
            input,
            most,
            read: BytesRead::default(),
        }
    }

    pub fn bytes_read(&self) -> BytesRead {
        self.read.clone()
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let bytes = bytes as u64;
        let read = self.read.0.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match read > self.most {
            true => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a row takes more than {} MiB", self.most >> 20),
            )),
            false => Ok(()),
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.input.read(buffer)?;
        self.count(bytes)?;
        Ok(bytes)
    }
}

impl<R: BufRead> BufRead for Limited<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.count(0)?;
        self.input.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.read.0.fetch_add(bytes as u64, Ordering::Relaxed);
        self.input.consume(bytes);
    }
}
