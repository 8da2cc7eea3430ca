//! Two sets over the same rows: what the candidate changes about rows, members and labels.
//!
//! ```text
//! row ──Comparison──► from, to ──Tally──► sums · differing rows · votes of authors · examples
//!       (both sets)                        │        of a slice, each in few bytes
//!                                          └─add, settle─► Report
//! ```
//!
//! Pure: nothing is read or stored here.

mod changed_rules;
mod comparison;
mod examples;
mod members;
mod report;
mod row;
mod sums;
mod tally;
#[cfg(test)]
mod tests;
mod votes;

pub use changed_rules::{ChangedRules, RuleChange};
pub use comparison::{Comparison, PairScratch};
pub use examples::{EXAMPLES_OF_KIND, Example, Examples};
pub use members::{ChangedMember, MemberCounts, Settling, settle};
pub use report::{Report, SetName};
pub use row::{ChangeKind, ChangedRow, joined};
pub use sums::Sums;
pub use tally::{BacktestRow, SliceParts, Tally};
pub use votes::{PARTITIONS, Votes};

/// Why stored parts of a comparison cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a stored part of the comparison is damaged")]
pub struct DamagedPart;
