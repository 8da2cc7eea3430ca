//! Finds lines in a log, in one pass whose memory does not depend on the log.
//!
//! ```text
//! reader ─► Lines ─► Pass ─┬─ Pattern ─► Page ─► Findings
//!           whole lines    └─ ErrorLines: the first error
//! ```
//!
//! **What matches.** A line is what stands between newlines; a carriage return does not end one. Sequences
//! that colour text or move the cursor are taken out before, so that a word is found although a part
//! of it has another colour. A pattern matches within a line, never over its end and never
//! over what was dropped of a log: a line that a gap cuts counts as two, and each is searched for itself.
//! `^` and `$` match at both ends of a line, and around carriage returns.
//!
//! **Lines longer than memory.** Of a line that does not fit into the buffer, windows are searched that overlap
//! by 64 KiB: a match that is not longer is found wherever it is, a longer one perhaps not.
//!
//! **Time** is linear in the log whatever the pattern: expressions become automata, which never try one
//! beginning after the other. Where a fast one cannot decide (word boundaries among letters that are not
//! ASCII), it only finds candidates, and each candidate is looked at once by a slower one.

mod error_lines;
mod excerpt;
mod in_line;
mod lines;
mod page;
mod pass;
mod pattern;
#[cfg(test)]
mod tests;
mod unpacking;

pub(crate) use page::{Findings, Hit, Side, Wanted};
pub(crate) use pattern::{Pattern, PatternError};
