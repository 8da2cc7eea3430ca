//! What a command writes: masked, capped and appended to a file per attempt, and read from there the
//! same way while the command runs and after.
//!
//! ```text
//! pipe ─► AddMaskScanner ─► Masker ─► MarkScanner ─► files
//!         ::add-mask::      ***       folds, errors   head, ring, index, marks
//! ```
//!
//! **Offsets** count bytes of the masked stream from its beginning, dropped ones included, so
//! that a reader resumes at exactly the byte behind the last one it has seen. An attempt with the log
//! `x.log` has these files:
//!
//! - `x.log`, the *head*: the first bytes of the stream, as they are; an eighth of the cap at most.
//!   Most logs have no other file.
//! - `x.log.ring`: the end of the stream, seven eighths of the cap. The byte with offset `o` is at
//!   `(o - head) % ring`. Written in place, so that a log never takes more room than its cap.
//! - `x.log.index`: a record with the sizes and how far the stream has got, one with the latest progress,
//!   and times (see `times`). Before bytes of the ring are overwritten, the record says up to which offset (`intent`);
//!   afterwards, that they are there (`total`). A reader looks at it again after it has read from the
//!   ring: what was at or behind `intent - ring` then is what it wanted, the rest was overwritten.
//!   A writer that is killed leaves a record that is true.
//! - `x.log.marks`: JSON lines with folds, errors and warnings: offset, time, text. Limited in number.
//!
//! When the attempt has ended, [`pack`] makes one compressed file of them (see `packed`).

mod add_mask;
mod layout;
mod line_page;
mod marks;
mod mask;
mod packed;
mod plain;
mod reader;
mod search;
#[cfg(test)]
mod tests;
mod times;
mod writer;

pub(crate) use layout::{Extent, remove_log};
pub(crate) use line_page::{ConsoleLine, LinePage, LinePlace, LinesWanted};
pub(crate) use marks::{Fold, Mark, MarkKind, Progress, folds};
pub(crate) use mask::mask_text;
pub(crate) use packed::{PackedBytes, pack};
pub(crate) use plain::PlainText;
pub(crate) use reader::{ConsoleReader, Piece};
pub(crate) use search::{Findings, Hit, Pattern, PatternError, Side, Wanted};
pub(crate) use writer::{ConsoleOptions, ConsoleSummary, ConsoleWriter};
