//! A log as pieces of whole lines.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::{memchr, memrchr};

use super::super::reader::Filled;

/// Read at once. Small enough to stay in the cache of a processor while it is searched, and for a search that
/// is stopped to end soon.
const READ_BYTES: usize = 64 * 1024;

/// A line that is longer is searched in parts.
pub(super) const LINE_BYTES_MAX: usize = 1 << 20;

/// Takes a log piece by piece.
pub(super) trait TakeLines {
    /// Lines, each with its newline but perhaps the last.
    fn take_lines(&mut self, lines: &[u8], offset: u64);
    /// A part of a line that begins at this offset; whether it is the last part, which has the newline.
    fn take_part(&mut self, part: &[u8], offset: u64, is_last: bool);
    /// What was between these offsets was dropped.
    fn take_gap(&mut self, gap: Range<u64>);
}

struct Lines<'a, T> {
    taker: &'a mut T,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are the beginning of a line.
    kept: usize,
    /// Where the line begins that is taken in parts.
    long: Option<u64>,
}

/// Hands on the log up to `until`, as `fill` reads it; returns whether it was not stopped.
pub(super) fn read_lines(
    mut fill: impl FnMut(u64, &mut [u8]) -> io::Result<Filled>,
    until: u64,
    stop: &AtomicBool,
    taker: &mut impl TakeLines,
) -> io::Result<bool> {
    let mut lines = Lines {
        taker,
        buffer: vec![0; LINE_BYTES_MAX + READ_BYTES],
        kept: 0,
        long: None,
    };
    let mut at = 0;
    while at < until {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let room = usize::try_from(until - at).map_or(READ_BYTES, |rest| rest.min(READ_BYTES));
        let room = &mut lines.buffer[lines.kept..][..room];
        match fill(at, room)? {
            Filled::Bytes(count) => {
                lines.take(at, count);
                at += count as u64;
            }
            Filled::Gap { to } => {
                lines.end_line(at);
                lines.taker.take_gap(at..to.min(until));
                at = to;
            }
            Filled::End { .. } => break,
        }
    }
    lines.end_line(at);
    Ok(true)
}

impl<T: TakeLines> Lines<'_, T> {
    /// Takes bytes that were read behind those that are kept.
    fn take(&mut self, offset: u64, count: usize) {
        let (mut start, end) = (self.kept, self.kept + count);
        if let Some(line) = self.long {
            let newline = memchr(b'\n', &self.buffer[..end]);
            start = newline.map_or(end, |newline| newline + 1);
            let part = &self.buffer[..start];
            self.taker.take_part(part, line, newline.is_some());
            if newline.is_none() {
                return;
            }
            self.long = None;
            self.take_whole(offset, start, start, end);
            return;
        }
        let first = offset - start as u64;
        self.take_whole(first, 0, start, end);
        start = self.kept;
        if start >= LINE_BYTES_MAX {
            let line = offset + count as u64 - start as u64;
            self.long = Some(line);
            self.kept = 0;
            self.taker.take_part(&self.buffer[..start], line, false);
        }
    }

    /// Takes the lines that begin at `start` and keeps the beginning of the last one. There is no newline before
    /// `look_from`; `offset` is that of the buffer.
    fn take_whole(&mut self, offset: u64, start: usize, look_from: usize, end: usize) {
        let newline = memrchr(b'\n', &self.buffer[look_from..end]);
        let behind = newline.map_or(start, |newline| look_from + newline + 1);
        if behind > start {
            let lines = &self.buffer[start..behind];
            self.taker.take_lines(lines, offset + start as u64);
        }
        self.buffer.copy_within(behind..end, 0);
        self.kept = end - behind;
    }

    /// Nothing follows in this line.
    fn end_line(&mut self, offset: u64) {
        if let Some(line) = self.long.take() {
            self.taker.take_part(&[], line, true);
        } else if self.kept > 0 {
            let lines = &self.buffer[..self.kept];
            self.taker.take_lines(lines, offset - self.kept as u64);
        }
        self.kept = 0;
    }
}
