//! A log as pieces of text, each of which can be resumed behind.
//!
//! A piece ends where a character ends, so that the texts of all pieces make the same text wherever a
//! reader has left off. What is no UTF-8 becomes U+FFFD.

use std::borrow::Cow;

use super::attempt_log::AttemptLog;
use super::error::LogError;
use crate::clock;
use crate::systems::pipelines::console::{Piece, PlainText};

const PIECE_BYTES: usize = 64 * 1024;

/// The longest character, without its last byte.
const PART_BYTES_MAX: usize = 3;

/// How far back the beginning of a line is looked for, to know whether a piece begins inside of an
/// escape sequence.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Bytes that are read behind a piece to complete its last character.
const MORE_BYTES: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TextPiece {
    Text {
        /// Behind the piece.
        behind: u64,
        /// Microseconds since 1970.
        at: i64,
        text: String,
    },
    /// What was between these offsets was dropped.
    Gap { from: u64, to: u64 },
    /// The attempt has ended, and all has been read.
    End { total: u64 },
}

/// Reads a log and waits for more. Cancelling [`TextReader::next`] loses nothing.
pub(crate) struct TextReader {
    log: AttemptLog,
    offset: u64,
    /// Without sequences that colour text or move the cursor.
    plain: Option<PlainText>,
    /// All that had been written before has been read: what comes is new.
    has_waited: bool,
    has_ended: bool,
}

impl TextReader {
    pub(crate) async fn new(log: AttemptLog, from: u64, is_plain: bool) -> Result<Self, LogError> {
        let plain = match is_plain {
            true => Some(plain_at(&log, from).await?),
            false => None,
        };
        Ok(Self {
            log,
            offset: from,
            plain,
            has_waited: false,
            has_ended: false,
        })
    }

    /// `None`: the end has been read, or what comes is written where it cannot be seen.
    pub(crate) async fn next(&mut self) -> Result<Option<TextPiece>, LogError> {
        if self.has_ended {
            return Ok(None);
        }
        // Behind a part of a character that waits for its rest.
        let mut waits_at = self.offset;
        loop {
            let written = self.log.beyond(waits_at).await?;
            if written.is_elsewhere && written.total <= waits_at {
                return Ok(None);
            }
            match self.log.read(self.offset, PIECE_BYTES).await? {
                Piece::Gap { from, to } => {
                    self.offset = to;
                    return Ok(Some(TextPiece::Gap { from, to }));
                }
                Piece::End { total } if written.is_over => {
                    self.has_ended = true;
                    return Ok(Some(TextPiece::End { total }));
                }
                Piece::End { .. } => {
                    // Callers may resume behind the end.
                    self.has_waited = true;
                    waits_at = waits_at.max(self.offset);
                }
                Piece::Bytes { bytes, .. } => {
                    let is_last = written.is_over;
                    match self.whole_characters(bytes, is_last).await? {
                        Whole::Bytes(bytes) => {
                            if let Some(piece) = self.text(&bytes).await? {
                                return Ok(Some(piece));
                            }
                            waits_at = self.offset;
                        }
                        Whole::Waits(behind) => waits_at = behind,
                    }
                }
            }
        }
    }

    /// The bytes as far as their characters are complete, with the rest of the last one.
    async fn whole_characters(&self, mut bytes: Vec<u8>, is_last: bool) -> Result<Whole, LogError> {
        let part = part_of_character(&bytes);
        if part == 0 {
            return Ok(Whole::Bytes(bytes));
        }
        if part < bytes.len() {
            bytes.truncate(bytes.len() - part);
            return Ok(Whole::Bytes(bytes));
        }
        // Nothing but a part. What follows may be in another block.
        let behind = self.offset + bytes.len() as u64;
        match self.log.read(behind, MORE_BYTES).await? {
            Piece::Bytes { bytes: more, .. } => {
                bytes.extend(more);
                match part_of_character(&bytes) {
                    part if part == bytes.len() && is_last => Ok(Whole::Bytes(bytes)),
                    part if part == bytes.len() => {
                        Ok(Whole::Waits(self.offset + bytes.len() as u64))
                    }
                    part => {
                        bytes.truncate(bytes.len() - part);
                        Ok(Whole::Bytes(bytes))
                    }
                }
            }
            // The rest was dropped, or was never written.
            Piece::Gap { .. } => Ok(Whole::Bytes(bytes)),
            Piece::End { .. } if is_last => Ok(Whole::Bytes(bytes)),
            Piece::End { .. } => Ok(Whole::Waits(behind)),
        }
    }

    /// `None`: nothing of it is text.
    async fn text(&mut self, bytes: &[u8]) -> Result<Option<TextPiece>, LogError> {
        let at = match self.has_waited {
            true => None,
            false => self.log.time_at(self.offset).await?,
        };
        self.offset += bytes.len() as u64;
        let text = String::from_utf8_lossy(bytes);
        let text = match &mut self.plain {
            Some(plain) => {
                let mut left = Vec::with_capacity(text.len());
                plain.push(text.as_bytes(), &mut left);
                Cow::Owned(String::from_utf8_lossy(&left).into_owned())
            }
            None => text,
        };
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(TextPiece::Text {
            behind: self.offset,
            at: at.unwrap_or_else(clock::now_micros),
            text: text.into_owned(),
        }))
    }
}

enum Whole {
    Bytes(Vec<u8>),
    /// Until the log has got beyond this offset.
    Waits(u64),
}

/// How many bytes at the end are the beginning of a character whose rest may still come.
fn part_of_character(bytes: &[u8]) -> usize {
    let longest = bytes.len().min(PART_BYTES_MAX);
    let lengths = (1..=longest).rev();
    let mut parts = lengths.filter(|length| {
        let part = std::str::from_utf8(&bytes[bytes.len() - length..]);
        part.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    });
    parts.next().unwrap_or(0)
}

/// The state in which a reader of the whole log would be at this offset.
async fn plain_at(log: &AttemptLog, offset: u64) -> Result<PlainText, LogError> {
    let mut plain = PlainText::default();
    let mut at = offset.saturating_sub(LINE_BYTES_MAX);
    let mut before = Vec::new();
    while at < offset {
        let bytes_max = usize::try_from(offset - at).unwrap_or(usize::MAX);
        match log.read(at, bytes_max).await? {
            Piece::Bytes { bytes, .. } => {
                at += bytes.len() as u64;
                before.extend(bytes);
            }
            Piece::Gap { to, .. } => {
                before.clear();
                at = to;
            }
            Piece::End { .. } => break,
        }
    }
    // No sequence reaches beyond its line.
    let line = memchr::memrchr(b'\n', &before).map_or(0, |newline| newline + 1);
    plain.push(&before[line..], &mut Vec::new());
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_character_at_the_end_is_found() {
        for (bytes, part) in [
            (&b""[..], 0),
            (b"abc", 0),
            ("阿".as_bytes(), 0),
            (&"阿".as_bytes()[..1], 1),
            (&"a阿".as_bytes()[..3], 2),
            (&"🦀".as_bytes()[..3], 3),
            (b"\xff", 0),
            (b"\xc3", 1),
            (b"\xc3\xc3", 1),
            (b"\xe9\x98\xff", 0),
            // No character begins so.
            (b"\xed\xa0", 0),
            (b"\x80\x80", 0),
        ] {
            assert_eq!(part_of_character(bytes), part, "{bytes:?}");
        }
    }
}
