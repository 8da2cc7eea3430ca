//! The lines of a file with their numbers.

use crate::models::refusal::Refusal;

/// A line without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'f> {
    /// Counted from one.
    pub number: usize,
    /// Where it begins in the file, in bytes.
    pub offset: usize,
    pub text: &'f str,
}

impl Line<'_> {
    pub fn refusal(&self, reason: impl std::fmt::Display) -> Refusal {
        Refusal::new(format!("line {}: {reason}", self.number))
    }
}

/// Goes through a file line by line.
#[derive(Clone, Debug)]
pub(super) struct Lines<'f> {
    file: &'f str,
    offset: usize,
    number: usize,
}

impl<'f> Lines<'f> {
    pub fn new(file: &'f [u8]) -> Result<Self, Refusal> {
        let file = str::from_utf8(file).map_err(|error| {
            let before = &file[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            Refusal::new(format!("line {line}: expected UTF-8"))
        })?;
        Ok(Self {
            file,
            offset: 0,
            number: 1,
        })
    }

    /// The line that comes next.
    pub fn peek(&self) -> Option<Line<'f>> {
        let rest = &self.file[self.offset..];
        let text = rest.split('\n').next()?;
        (!rest.is_empty()).then_some(Line {
            number: self.number,
            offset: self.offset,
            text: text.strip_suffix('\r').unwrap_or(text),
        })
    }

    /// Where the next line begins, in bytes.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl<'f> Iterator for Lines<'f> {
    type Item = Line<'f>;

    fn next(&mut self) -> Option<Line<'f>> {
        let line = self.peek()?;
        let rest = &self.file[self.offset..];
        self.offset += rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.number += 1;
        Some(line)
    }
}

/// The beginning of a text, for a sentence that quotes it.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
