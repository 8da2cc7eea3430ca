//! What a job found of its rows, kept so that a later job with rules that differ a little need not find it
//! again.
//!
//! ```text
//! row ──► outcome ──LedgerRows──► body of a slice ──KnownRows──► outcome of the same row, later
//!                                                   Changes: is it still true, and by which numbers?
//! ```
//!
//! An outcome depends on nothing but the set and the texts of the row. Rows are known again by a hash of their id
//! and of all texts that rules look at: a row that is new or was edited is an unknown one.

mod body;
mod bytes;
mod changes;
mod full_run;
mod known;
mod outcome;
mod rows;
#[cfg(test)]
mod tests;

pub use body::{LedgerRow, LedgerRows, read, row_key};
pub use bytes::LedgerFault;
pub use changes::{Changes, compare};
pub use full_run::FullRun;
pub use known::KnownRows;
pub use outcome::OutcomeKind;
pub use rows::{Earlier, RowLabeller};

/// Goes up whenever a set may find something else on a row than before: older ledgers are of no use then.
pub const MATCHER_REVISION: u32 = 1;
