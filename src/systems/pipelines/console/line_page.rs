//! Some lines of a log, from any place on, with their numbers where somebody wants them.
//!
//! Where the lines are is found by looking at what is around them. Their numbers are not kept anywhere:
//! newlines are counted, from the beginning of the log or, where their sum is known, from its end.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::{memchr, memchr_iter, memrchr};

use super::layout::Extent;
use super::plain::PlainText;
use super::reader::{ConsoleReader, Piece};

/// How much is looked at at once when the beginning of a line is looked for, at first and at most.
const LOOK_BYTES: Range<u64> = 4 * 1024..256 * 1024;
/// Read at once.
const READ_BYTES: usize = 64 * 1024;
const COUNT_BYTES: usize = 256 * 1024;
/// More is not shown of a line.
const SHOWN_BYTES: usize = 16 * 1024;

/// Where lines are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinePlace {
    /// From the line on in which this offset is.
    From(u64),
    /// From the line on with this number, from 1 on.
    Number(u64),
    /// The last ones.
    Last,
}

/// Which lines are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinesWanted {
    pub place: LinePlace,
    /// Only lines that begin before this offset.
    pub before: Option<u64>,
    /// Lines at most.
    pub limit: usize,
    pub numbers: bool,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsoleLine {
    /// From 1 on. `None`: nobody wanted it, or it is behind a gap in which nobody counted.
    pub number: Option<u64>,
    pub offset: u64,
    /// Without its end, and without sequences that colour text or move the cursor.
    pub text: String,
    pub is_cut: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinePage {
    /// Bytes of the log.
    pub total: u64,
    /// What was dropped.
    pub gap: Option<Range<u64>>,
    pub lines: Vec<ConsoleLine>,
    /// Where the line behind the page begins. `None`: there is none.
    pub next: Option<u64>,
}

impl ConsoleReader {
    /// Reads some lines. `None`: it was stopped.
    pub(crate) fn lines(
        &self,
        wanted: &LinesWanted,
        stop: &AtomicBool,
    ) -> io::Result<Option<LinePage>> {
        let extent = self.extent()?;
        let look = Look {
            log: self,
            extent: &extent,
            stop,
        };
        let until = wanted.before.unwrap_or(extent.total).min(extent.total);
        let found = match wanted.place {
            LinePlace::From(offset) => look.start_of_line(offset).map(Some),
            LinePlace::Number(number) => look.start_of_number(number),
            LinePlace::Last => look.starts_before(until, wanted.limit).map(Some),
        };
        let from = found?.unwrap_or(extent.total);
        let (mut lines, behind) = look.read(from..until, wanted.limit)?;
        if let Some(first) = lines.first().filter(|_| wanted.numbers) {
            let before = match wanted.place {
                LinePlace::Number(number) if !look.is_behind_gap(first.offset) => {
                    number.checked_sub(1)
                }
                _ => look.newlines_before(first.offset)?,
            };
            look.number(&mut lines, before)?;
        }
        let is_stopped = stop.load(Ordering::Relaxed);
        Ok((!is_stopped).then_some(LinePage {
            total: extent.total,
            lines,
            next: (behind < extent.total).then_some(behind),
            gap: extent.gap.clone(),
        }))
    }
}

struct Look<'a> {
    log: &'a ConsoleReader,
    extent: &'a Extent,
    stop: &'a AtomicBool,
}

impl Look<'_> {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn is_behind_gap(&self, offset: u64) -> bool {
        let gap = self.extent.gap.as_ref();
        gap.is_some_and(|gap| offset >= gap.end)
    }

    /// Where the line begins in which an offset is; behind the end that is the last one. What was dropped
    /// belongs to the line behind it.
    fn start_of_line(&self, offset: u64) -> io::Result<u64> {
        let offset = offset.min(self.extent.total.saturating_sub(1));
        let oldest = match &self.extent.gap {
            Some(gap) if gap.contains(&offset) => return Ok(gap.end),
            Some(gap) if offset >= gap.end => gap.end,
            _ => 0,
        };
        let mut end = offset;
        let mut looked_at = LOOK_BYTES.start;
        while end > oldest && !self.is_stopped() {
            let start = end.saturating_sub(looked_at).max(oldest);
            let mut newline = None;
            self.each(start..end, |at, bytes| {
                newline = memrchr(b'\n', bytes)
                    .map(|found| at + found as u64)
                    .or(newline);
                true
            })?;
            if let Some(newline) = newline {
                return Ok(newline + 1);
            }
            end = start;
            looked_at = (2 * looked_at).min(LOOK_BYTES.end);
        }
        Ok(end)
    }

    /// Where the first of the last lines begins that begin before an offset.
    fn starts_before(&self, offset: u64, limit: usize) -> io::Result<u64> {
        let mut start = offset;
        for _ in 0..limit {
            if start == 0 || self.is_stopped() {
                break;
            }
            let last = match &self.extent.gap {
                // The line before is the one that was cut off.
                Some(gap) if gap.start < start && start <= gap.end => gap.start,
                _ => start,
            };
            let Some(last) = last.checked_sub(1) else {
                break;
            };
            start = self.start_of_line(last)?;
        }
        Ok(start)
    }

    /// `None`: there is no such line, or it is not known where.
    fn start_of_number(&self, number: u64) -> io::Result<Option<u64>> {
        let Some(before) = number.checked_sub(1) else {
            return Ok(None);
        };
        let gap = self.extent.gap.clone();
        let kept = gap.as_ref().map_or(self.extent.total, |gap| gap.start);
        if let Ok(start) = self.behind_newlines(0..kept, before)? {
            return Ok(Some(start));
        }
        let Some(gap) = gap else {
            return Ok(None);
        };
        let Some(counted) = self.newlines_before(gap.end)? else {
            return Ok(None);
        };
        match before.checked_sub(counted) {
            Some(rest) => Ok(self.behind_newlines(gap.end..self.extent.total, rest)?.ok()),
            // It was dropped: the next one that is there.
            None => Ok(Some(gap.end)),
        }
    }

    /// The offset behind so many newlines, if a line begins there; else how many there are.
    fn behind_newlines(&self, range: Range<u64>, count: u64) -> io::Result<Result<u64, u64>> {
        if count == 0 {
            return Ok(match range.is_empty() {
                true => Err(0),
                false => Ok(range.start),
            });
        }
        let mut passed = 0;
        let mut behind = None;
        let end = range.end;
        self.each(range, |at, bytes| {
            let here = memchr_iter(b'\n', bytes).count() as u64;
            if passed + here >= count {
                let nth = usize::try_from(count - passed - 1).unwrap_or(usize::MAX);
                let newline = memchr_iter(b'\n', bytes).nth(nth);
                behind = newline.map(|newline| at + newline as u64 + 1);
            }
            passed += here;
            behind.is_none()
        })?;
        Ok(behind.filter(|behind| *behind < end).ok_or(passed))
    }

    /// Newlines of the stream before an offset. `None`: they were dropped, and nobody has counted.
    fn newlines_before(&self, offset: u64) -> io::Result<Option<u64>> {
        let total = self.extent.total;
        let is_nearer_to_end = total - offset.min(total) < offset;
        let all = self.extent.newlines;
        match all.filter(|_| is_nearer_to_end || self.is_behind_gap(offset)) {
            Some(all) => {
                let behind = self.count(offset..total)?;
                Ok(behind.and_then(|behind| all.checked_sub(behind)))
            }
            None => self.count(0..offset),
        }
    }

    /// `None`: not all of it is there.
    fn count(&self, range: Range<u64>) -> io::Result<Option<u64>> {
        let mut newlines = 0;
        let is_whole = self.each(range, |_, bytes| {
            newlines += memchr_iter(b'\n', bytes).count() as u64;
            true
        })?;
        Ok(is_whole.then_some(newlines))
    }

    /// Hands on what is at a range, as long as more is wanted; whether all of it was there.
    fn each(
        &self,
        range: Range<u64>,
        mut take: impl FnMut(u64, &[u8]) -> bool,
    ) -> io::Result<bool> {
        let mut at = range.start;
        while at < range.end && !self.is_stopped() {
            let bytes_max = usize::try_from(range.end - at).unwrap_or(usize::MAX);
            match self.log.read(at, bytes_max.min(COUNT_BYTES))? {
                Piece::Bytes { bytes, .. } => {
                    if !take(at, &bytes) {
                        return Ok(true);
                    }
                    at += bytes.len() as u64;
                }
                Piece::Gap { .. } | Piece::End { .. } => return Ok(false),
            }
        }
        Ok(at >= range.end)
    }

    /// Lines that begin within a range, and where the next one begins.
    fn read(&self, range: Range<u64>, limit: usize) -> io::Result<(Vec<ConsoleLine>, u64)> {
        let mut lines = Vec::new();
        let mut at = range.start;
        while at < range.end && lines.len() < limit && !self.is_stopped() {
            match self.log.read(at, READ_BYTES)? {
                Piece::Bytes { bytes, .. } => {
                    let mut rest = bytes.as_slice();
                    while let Some(newline) = memchr(b'\n', rest) {
                        if lines.len() == limit || at >= range.end {
                            break;
                        }
                        lines.push(line(at, &rest[..newline]));
                        at += newline as u64 + 1;
                        rest = &rest[newline + 1..];
                    }
                    // The rest of the last line is in another piece.
                    if rest.len() == bytes.len() {
                        let end = self.end_of_line(at + bytes.len() as u64)?;
                        let whole = self.beginning(at, end)?;
                        let text = whole.strip_suffix(b"\n").unwrap_or(&whole);
                        lines.push(line(at, text));
                        at = end;
                    }
                }
                Piece::Gap { to, .. } => at = to,
                Piece::End { .. } => break,
            }
        }
        Ok((lines, at))
    }

    /// Behind the newline of the line in which an offset is, or where nothing follows.
    fn end_of_line(&self, offset: u64) -> io::Result<u64> {
        let mut end = offset;
        let kept = match &self.extent.gap {
            Some(gap) if offset <= gap.start => gap.start,
            _ => self.extent.total,
        };
        self.each(offset..kept.max(offset), |at, bytes| {
            let newline = memchr(b'\n', bytes);
            end = at + newline.map_or(bytes.len(), |newline| newline + 1) as u64;
            newline.is_none()
        })?;
        Ok(end)
    }

    /// The first bytes of a line.
    fn beginning(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let end = end.min(start + SHOWN_BYTES as u64 + 1);
        self.each(start..end, |_, bytes| {
            text.extend_from_slice(bytes);
            true
        })?;
        Ok(text)
    }

    /// Gives lines their numbers; `before`: the newlines before the first one.
    fn number(&self, lines: &mut [ConsoleLine], before: Option<u64>) -> io::Result<()> {
        let mut next = before.map(|before| before + 1);
        let mut was_behind = lines
            .first()
            .is_some_and(|line| self.is_behind_gap(line.offset));
        for line in lines {
            let is_behind = self.is_behind_gap(line.offset);
            if is_behind && !was_behind {
                next = self.newlines_before(line.offset)?.map(|before| before + 1);
            }
            was_behind = is_behind;
            line.number = next;
            next = next.map(|number| number + 1);
        }
        Ok(())
    }
}

/// What is shown of a line.
fn line(offset: u64, bytes: &[u8]) -> ConsoleLine {
    let shown = &bytes[..bytes.len().min(SHOWN_BYTES)];
    let mut text = Vec::with_capacity(shown.len());
    PlainText::default().push(shown, &mut text);
    let text = String::from_utf8_lossy(&text);
    ConsoleLine {
        number: None,
        offset,
        text: text.trim_end_matches('\r').to_owned(),
        is_cut: bytes.len() > SHOWN_BYTES,
    }
}
