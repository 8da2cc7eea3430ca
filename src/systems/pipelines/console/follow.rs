//! Follows a log while it is written.

use std::io;
use std::time::Duration;

use tokio::time::sleep;

use super::reader::{ConsoleReader, Piece};

/// How old what is shown may be, at most.
const LOOKS: Duration = Duration::from_millis(25);
const PIECE_BYTES: usize = 64 * 1024;

/// A reader that waits for more. Cancelling [`Follower::next`] loses nothing.
pub(crate) struct Follower {
    reader: ConsoleReader,
    /// Of the next byte.
    pub(super) offset: u64,
}

impl Follower {
    pub(crate) fn new(reader: ConsoleReader, from: u64) -> Self {
        Self {
            reader,
            offset: from,
        }
    }

    /// Bytes or a gap; `None` when all has been read of a log that has ended.
    pub(crate) async fn next(&mut self, has_ended: impl Fn() -> bool) -> io::Result<Option<Piece>> {
        loop {
            // Asked first: what was written before the end is read afterwards.
            let is_last = has_ended();
            let piece = self.reader.read(self.offset, PIECE_BYTES)?;
            match &piece {
                Piece::Bytes { offset, bytes } => self.offset = offset + bytes.len() as u64,
                Piece::Gap { to, .. } => self.offset = *to,
                Piece::End { .. } if is_last => return Ok(None),
                Piece::End { .. } => {
                    sleep(LOOKS).await;
                    continue;
                }
            }
            return Ok(Some(piece));
        }
    }
}
