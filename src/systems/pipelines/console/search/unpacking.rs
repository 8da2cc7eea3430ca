//! Unpacks a log on several threads, in order: unpacking takes longer than searching.
//!
//! Each thread has every n-th block, and is at most two blocks ahead.

use std::io;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::super::packed::PackedLog;
use super::super::reader::Filled;

/// More would mostly wait for each other.
const THREADS_MAX: usize = 4;

const BLOCKS_AHEAD: usize = 1;

type Block = io::Result<(u64, Vec<u8>)>;

/// Calls `read` with a function that fills buffers as the log does, for readers that begin at its beginning.
pub(super) fn unpack_ahead<T>(
    log: &PackedLog,
    read: impl FnOnce(&mut dyn FnMut(u64, &mut [u8]) -> io::Result<Filled>) -> io::Result<T>,
) -> io::Result<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(THREADS_MAX).min(log.blocks());
    if threads < 2 {
        return read(&mut |from, buffer| log.fill(from, buffer));
    }
    thread::scope(|scope| {
        let mut queues = Vec::with_capacity(threads);
        for first in 0..threads {
            let (send, receive) = sync_channel::<Block>(BLOCKS_AHEAD);
            let unpack = move || {
                for no in (first..log.blocks()).step_by(threads) {
                    // Nobody waits for it: the search has been stopped.
                    if send.send(log.block(no)).is_err() {
                        return;
                    }
                }
            };
            let thread = thread::Builder::new().name("console-search".to_owned());
            thread.spawn_scoped(scope, unpack)?;
            queues.push(receive);
        }
        let mut unpacked = Unpacked {
            log,
            queues,
            next: 0,
            block: (0, Vec::new()),
        };
        read(&mut |from, buffer| unpacked.fill(from, buffer))
    })
}

struct Unpacked<'a> {
    log: &'a PackedLog,
    queues: Vec<Receiver<Block>>,
    /// The block behind the one that is read.
    next: usize,
    block: (u64, Vec<u8>),
}

impl Unpacked<'_> {
    fn fill(&mut self, from: u64, buffer: &mut [u8]) -> io::Result<Filled> {
        loop {
            let (offset, text) = &self.block;
            let start = from.checked_sub(*offset).map(usize::try_from);
            let start = start.and_then(Result::ok);
            if let Some(rest) = start.and_then(|start| text.get(start..))
                && !rest.is_empty()
            {
                let bytes = rest.len().min(buffer.len());
                buffer[..bytes].copy_from_slice(&rest[..bytes]);
                return Ok(Filled::Bytes(bytes));
            }
            let is_at_gap = self.log.extent().gap.is_some_and(|gap| gap.contains(&from));
            if is_at_gap || self.next >= self.log.blocks() {
                return self.log.fill(from, buffer);
            }
            let queue = &self.queues[self.next % self.queues.len()];
            self.block = queue.recv().map_err(io::Error::other)??;
            self.next += 1;
        }
    }
}
