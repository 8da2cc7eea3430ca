//! How rules do on the rows of a run: counts of labels, pairs, groups and rules, and the report made of them.
//!
//! ```text
//! verdicts of a slice ──► Counts ──bytes──► beside its rows
//!                                   summed ──► Counts + what the database knows ──► Report
//! ```

mod bytes;
mod counts;
mod drift;
mod facts;
mod named;
mod pairs;
mod report;
mod rule_list;
#[cfg(test)]
mod tests;

pub use bytes::CountsFault;
pub use counts::{Counts, GroupCounts, LabelCounts, LabelFound, RuleCounts};
pub use drift::{GivenRows, drift};
pub use facts::{Earlier, Facts, Members, StagedAuthors};
pub use named::{Known, NamedRule, NamedSet};
pub use pairs::Pairs;
pub use report::{Against, Dominant, Figure, GroupHealth, InOrder, LabelHealth, Report};
pub use rule_list::{RuleChoice, RuleHealth, RuleOrder, RulePlace, RulesWanted, is_dominant, list};
