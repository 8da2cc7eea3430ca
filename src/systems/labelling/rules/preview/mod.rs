//! Previews of a set on rows: which of them are looked at, and what the set does to them.
//!
//! ```text
//! range ──windows──► rows seen ──least──► sample ──┐
//! range ──────────────────────────────► all rows ──┴─worker, worker──► Findings of rows: counts, authors, examples
//! ```
//!
//! Nothing here reads a table: rows come from a caller.

mod authors;
mod examples;
mod least;
mod look;
mod order;
mod row;
mod slowest;
#[cfg(test)]
mod tests;
mod windows;

pub use authors::{AuthorFigures, Authors, Votes};
pub use examples::{Example, ExampleRows};
pub use least::LeastRows;
pub use look::{LookedAt, Plan, Rows, look};
pub use order::RowKey;
pub use row::{PreviewRow, RowTexts};
pub use slowest::{SlowRule, slowest};
pub use windows::{WINDOWS, Window, windows};
