//! Finds lines `::add-mask::VALUE` before anything of them is shown.

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

const COMMAND: &[u8] = b"::add-mask::";

/// A line that is longer masks its beginning.
const LINE_BYTES_MAX: usize = 64 * 1024;

pub(super) enum RawPiece<'a> {
    Text(&'a [u8]),
    /// Comes before the line that asks for it.
    Mask(&'a [u8]),
}

pub(super) struct AddMaskScanner {
    finder: Finder<'static>,
    at_line_start: bool,
    /// A line, from its beginning, that asks for a mask as far as is known.
    held: Vec<u8>,
}

impl AddMaskScanner {
    pub(super) fn new() -> Self {
        Self {
            finder: Finder::new(b"\n::add-mask::"),
            at_line_start: true,
            held: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, piece: &[u8], emit: &mut impl FnMut(RawPiece<'_>)) {
        let mut rest = piece;
        if !self.held.is_empty() {
            rest = self.complete_held(rest, emit);
        }
        while !rest.is_empty() && self.held.is_empty() {
            let Some(start) = self.candidate(rest) else {
                emit(RawPiece::Text(rest));
                self.at_line_start = rest.ends_with(b"\n");
                return;
            };
            if start > 0 {
                emit(RawPiece::Text(&rest[..start]));
            }
            self.at_line_start = true;
            rest = self.complete_held(&rest[start..], emit);
        }
    }

    pub(super) fn finish(&mut self, emit: &mut impl FnMut(RawPiece<'_>)) {
        let held = std::mem::take(&mut self.held);
        emit_line(&held, emit);
    }

    /// Where in the text a line begins that could be the command.
    fn candidate(&self, text: &[u8]) -> Option<usize> {
        if self.at_line_start && could_be_command(text) {
            return Some(0);
        }
        if let Some(newline) = self.finder.find(text) {
            return Some(newline + 1);
        }
        let last_line = memrchr(b'\n', text)? + 1;
        let is_open = last_line < text.len() && could_be_command(&text[last_line..]);
        is_open.then_some(last_line)
    }

    /// Takes what belongs to the held line; returns what is behind it.
    fn complete_held<'a>(
        &mut self,
        text: &'a [u8],
        emit: &mut impl FnMut(RawPiece<'_>),
    ) -> &'a [u8] {
        let room = LINE_BYTES_MAX.saturating_sub(self.held.len());
        let line = memchr(b'\n', text).map_or(text.len(), |newline| newline + 1);
        let taken = line.min(room);
        self.held.extend_from_slice(&text[..taken]);
        let is_whole = self.held.ends_with(b"\n") || self.held.len() >= LINE_BYTES_MAX;
        if is_whole || !could_be_command(&self.held) {
            let held = std::mem::take(&mut self.held);
            emit_line(&held, emit);
            self.at_line_start = held.ends_with(b"\n");
        }
        &text[taken..]
    }
}

fn emit_line(line: &[u8], emit: &mut impl FnMut(RawPiece<'_>)) {
    if line.is_empty() {
        return;
    }
    if let Some(value) = line.strip_prefix(COMMAND) {
        emit(RawPiece::Mask(value.trim_ascii()));
    }
    emit(RawPiece::Text(line));
}

fn could_be_command(line: &[u8]) -> bool {
    line.starts_with(COMMAND) || COMMAND.starts_with(line)
}
