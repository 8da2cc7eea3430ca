//! Finds the labels of rows: one automaton for all terms of a set, programs for expressions.
//!
//! ```text
//! row ──cut, drop──► texts ──fold──► scan ──► words, leaves ──► programs ──► verdict
//!       cuts edits    texts           scan     state  records    evaluate     compiled
//! ```

mod allowance;
mod build;
mod check;
mod compiled;
mod cuts;
mod decide;
mod edits;
mod engine;
mod error;
mod evaluate;
mod lists;
mod literals;
mod meta;
mod names;
mod near;
mod pattern;
mod records;
#[cfg(test)]
pub mod samples;
mod scan;
mod state;
mod terms;
#[cfg(test)]
mod tests;
mod texts;
mod triggers;
mod verdict;

pub use allowance::{Allowance, COMPILE_TIME_MAX, COMPILED_BYTES_MAX};
pub use check::{
    KEYWORD_CHARS_MAX, PATTERN_CHARS_MAX, PATTERNS_MAX, SetFault, SetPart, check, is_term,
};
pub use compiled::{Compiled, Scratch};
pub use engine::NO_LIMIT;
pub use error::CompileError;
pub use pattern::{PatternCost, check as check_pattern};
pub use state::{FoldedHit, TrueRule};
pub use texts::Row;
pub use verdict::{Dropped, LabelVerdict, Outcome, Reason, Span, Verdict};
