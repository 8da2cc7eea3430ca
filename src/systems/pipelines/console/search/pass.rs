//! One pass over a log.

use std::io;
use std::ops::Range;
use std::sync::atomic::AtomicBool;

use memchr::{memchr, memchr_iter};

use super::super::layout::Extent;
use super::super::plain::{ESC, PlainText};
use super::super::reader::{ConsoleReader, Filled};
use super::excerpt::Excerpt;
use super::lines::{TakeLines, read_lines};
use super::page::{Findings, Hit, Page, Stretch, Wanted};
use super::pattern::Pattern;
use super::unpacking::unpack_ahead;

/// Parts of a long line overlap by so much.
const OVERLAP_BYTES: usize = 64 * 1024;

/// What stands around a part counts, too: a character on each side.
const CONTEXT_BYTES: usize = 4;

impl ConsoleReader {
    /// Finds lines in what has been written so far. `None`: it was stopped.
    pub(crate) fn search(
        &self,
        pattern: &Pattern,
        wanted: &Wanted,
        stop: &AtomicBool,
    ) -> io::Result<Option<Findings>> {
        let extent = self.extent()?;
        match self {
            Self::Live(log) => {
                let fill = |from, buffer: &mut [u8]| log.fill(from, buffer);
                search(fill, &extent, pattern, wanted, stop)
            }
            Self::Packed(log) => {
                unpack_ahead(log, |fill| search(fill, &extent, pattern, wanted, stop))
            }
        }
    }
}

/// `fill` reads the log as [`ConsoleReader`] does.
pub(super) fn search(
    fill: impl FnMut(u64, &mut [u8]) -> io::Result<Filled>,
    extent: &Extent,
    pattern: &Pattern,
    wanted: &Wanted,
    stop: &AtomicBool,
) -> io::Result<Option<Findings>> {
    let mut pass = Pass::new(pattern, wanted);
    let is_whole = read_lines(fill, extent.total, stop, &mut pass)?;
    Ok(is_whole.then(|| pass.finish(extent)))
}

struct Pass<'a> {
    pattern: &'a Pattern,
    page: Page,
    total: u64,
    /// Until the first one is found.
    errors: Option<Pattern>,
    first_error: Option<(Stretch, Hit)>,
    stretch: Stretch,
    /// Newlines before what is looked at, in this stretch. Only counted while somebody wants numbers.
    newlines: u64,
    gap: Option<Range<u64>>,
    /// Lines without sequences.
    plain: Vec<u8>,
    long: Option<LongLine>,
}

/// A line that is searched in parts.
#[derive(Default)]
struct LongLine {
    plain: PlainText,
    /// The end of the parts before, and the one that is looked at.
    text: Vec<u8>,
    has_more_before: bool,
    has_matched: bool,
}

/// How far the newlines of a piece have been counted.
#[derive(Default)]
struct Place {
    /// In the text without sequences.
    at: usize,
    newlines: usize,
    /// The beginning of the same line in the piece itself.
    raw_at: usize,
}

impl Place {
    /// Moves to the beginning of a line.
    fn move_to(&mut self, line: usize, text: &[u8], raw: &[u8]) {
        let passed = memchr_iter(b'\n', &text[self.at..line]).count();
        if text.len() == raw.len() {
            self.raw_at = line;
        } else if let Some(last) = passed.checked_sub(1) {
            let newline = memchr_iter(b'\n', &raw[self.raw_at..]).nth(last);
            self.raw_at += newline.map_or(0, |newline| newline + 1);
        }
        self.newlines += passed;
        self.at = line;
    }
}

impl<'a> Pass<'a> {
    fn new(pattern: &'a Pattern, wanted: &Wanted) -> Self {
        Self {
            pattern,
            page: Page::new(wanted),
            total: 0,
            errors: wanted.first_error.then(Pattern::errors),
            first_error: None,
            stretch: 0,
            newlines: 0,
            gap: None,
            plain: Vec::new(),
            long: None,
        }
    }

    fn finish(self, extent: &Extent) -> Findings {
        let (last, behind_gap) = (self.stretch, self.newlines);
        let numbered = |(stretch, mut hit): (Stretch, Hit)| {
            if stretch > 0 {
                // Counted from the gap on; of what was dropped only the sum is known.
                let before = extent.newlines.and_then(|all| all.checked_sub(behind_gap));
                let before = before.filter(|_| stretch == last);
                hit.number = hit
                    .number
                    .zip(before)
                    .map(|(number, before)| number + before);
            }
            hit
        };
        Findings {
            total: self.total,
            hits: self.page.into_hits().map(numbered).collect(),
            first_error: self.first_error.map(numbered),
            bytes: extent.total,
            gap: self.gap,
        }
    }

    fn wants_numbers(&self, offset: u64) -> bool {
        let is_behind_gap = |(stretch, _): &(Stretch, Hit)| *stretch > 0;
        self.errors.is_some()
            || !self.page.is_done(offset)
            || self.page.has_behind_gap()
            || self.first_error.as_ref().is_some_and(is_behind_gap)
    }

    fn hit(&self, place: &Place, offset: u64, excerpt: Excerpt) -> Hit {
        Hit {
            ordinal: self.total,
            number: Some(self.newlines + place.newlines as u64 + 1),
            offset,
            excerpt,
        }
    }

    fn search(&mut self, text: &[u8], raw: &[u8], offset: u64) {
        let lines = text.strip_suffix(b"\n").unwrap_or(text);
        let may_be_wanted = self.page.wants_some(offset..offset + raw.len() as u64);
        let mut place = Place::default();
        let mut from = 0;
        while from <= lines.len()
            && let Some(line) = self.pattern.next_line(lines, from)
        {
            self.total += 1;
            from = line.end + 1;
            let is_first_error = self.pattern.is_of_errors() && self.errors.take().is_some();
            if !may_be_wanted && !is_first_error {
                continue;
            }
            place.move_to(line.start, text, raw);
            let line_offset = offset + place.raw_at as u64;
            let is_wanted = self.page.wants(line_offset);
            if is_wanted || is_first_error {
                let excerpt = excerpt(self.pattern, lines, line);
                let hit = self.hit(&place, line_offset, excerpt);
                if is_first_error {
                    self.first_error = Some((self.stretch, hit.clone()));
                }
                if is_wanted {
                    self.page.push(self.stretch, hit);
                }
            }
        }
        if !self.pattern.is_of_errors()
            && let Some(errors) = &self.errors
            && let Some(line) = errors.next_line(lines, 0)
        {
            let mut place = Place::default();
            place.move_to(line.start, text, raw);
            let excerpt = excerpt(errors, lines, line);
            let hit = self.hit(&place, offset + place.raw_at as u64, excerpt);
            self.first_error = Some((self.stretch, hit));
            self.errors = None;
        }
        if self.wants_numbers(offset) {
            let rest = &text[place.at..];
            self.newlines += (place.newlines + memchr_iter(b'\n', rest).count()) as u64;
        }
    }

    fn search_part(&mut self, long: &mut LongLine, offset: u64, is_last: bool) {
        let start = if long.has_more_before {
            CONTEXT_BYTES
        } else {
            0
        };
        let end = if is_last { 0 } else { CONTEXT_BYTES };
        let end = long.text.len().saturating_sub(end);
        let part = start.min(end)..end;
        if !long.has_matched
            && let Some(matched) = self.pattern.locate(&long.text, part.clone())
        {
            long.has_matched = true;
            self.total += 1;
            let hit = self.hit_in_part(long, matched, offset, is_last);
            if self.pattern.is_of_errors() && self.errors.take().is_some() {
                self.first_error = Some((self.stretch, hit.clone()));
            }
            if self.page.wants(offset) {
                self.page.push(self.stretch, hit);
            }
        }
        if !self.pattern.is_of_errors()
            && let Some(errors) = &self.errors
            && let Some(matched) = errors.locate(&long.text, part)
        {
            let hit = self.hit_in_part(long, matched, offset, is_last);
            self.first_error = Some((self.stretch, hit));
            self.errors = None;
        }
    }

    fn hit_in_part(
        &self,
        long: &LongLine,
        matched: Range<usize>,
        offset: u64,
        is_last: bool,
    ) -> Hit {
        let mut excerpt = Excerpt::of(&long.text, matched);
        excerpt.is_cut |= long.has_more_before || !is_last;
        self.hit(&Place::default(), offset, excerpt)
    }
}

impl TakeLines for Pass<'_> {
    fn take_lines(&mut self, lines: &[u8], offset: u64) {
        if memchr(ESC, lines).is_none() {
            return self.search(lines, lines, offset);
        }
        let mut plain = std::mem::take(&mut self.plain);
        plain.clear();
        PlainText::default().push_without_sequences(lines, &mut plain);
        self.search(&plain, lines, offset);
        self.plain = plain;
    }

    fn take_part(&mut self, part: &[u8], offset: u64, is_last: bool) {
        let mut long = self.long.take().unwrap_or_default();
        let newline = part.strip_suffix(b"\n");
        let text = newline.unwrap_or(part);
        long.plain.push_without_sequences(text, &mut long.text);
        self.search_part(&mut long, offset, is_last);
        self.newlines += u64::from(newline.is_some());
        if is_last {
            return;
        }
        if let Some(passed) = long.text.len().checked_sub(OVERLAP_BYTES) {
            long.text.drain(..passed);
            long.has_more_before |= passed > 0;
        }
        self.long = Some(long);
    }

    fn take_gap(&mut self, gap: Range<u64>) {
        self.stretch += 1;
        self.newlines = 0;
        let start = self.gap.as_ref().map_or(gap.start, |first| first.start);
        self.gap = Some(start..gap.end);
    }
}

fn excerpt(pattern: &Pattern, lines: &[u8], line: Range<usize>) -> Excerpt {
    let located = pattern.locate(lines, line.clone());
    let located = located.map_or(0..0, |matched| {
        matched.start - line.start..matched.end - line.start
    });
    Excerpt::of(&lines[line], located)
}
