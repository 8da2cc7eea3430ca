//! How rules do on the rows of a run: counts of labels, pairs, groups and rules, and the report made of them.
//!
//! ```text
//! verdicts of a slice ──► Counts ──bytes──► beside its rows
//!                                   summed ──► Counts + what the database knows ──► Report
//! ```

mod bytes;
mod counts;
mod pairs;
#[cfg(test)]
mod tests;

pub use bytes::CountsFault;
pub use counts::{Counts, GroupCounts, LabelCounts, LabelFound, RuleCounts};
pub use pairs::Pairs;
