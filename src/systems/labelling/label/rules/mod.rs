//! Reads rule sets, reports their faults, and finds which labels a text matches.
//!
//! ```text
//! files, YAML, request body ──► Draft ──check──► RuleSet ──compile──► Matcher ──find──► Hit
//!      load · yaml · body       draft             set                 compile   keyword · pattern
//! ```
//!
//! A [`RuleSet`] is plain data: it is stored with a task as JSON, and the task is labelled by the
//! stored set, also if the files change. A [`Matcher`] is compiled from it once per task and
//! shared by its threads, each with a [`Scratch`].

mod allowance;
mod body;
mod compile;
mod draft;
mod finding;
mod fold;
mod invisible;
mod keyword;
mod lines;
mod load;
mod pattern;
mod segment;
mod set;
mod sigma;
mod span;
mod yaml;

#[cfg(test)]
mod tests;

pub use allowance::{Allowance, RuleLimits};
pub use compile::{Hit, Matcher, Scratch};
pub use draft::Loaded;
pub(in crate::systems::labelling) use draft::{MAX_LABELS, label_fault};
pub use finding::{Finding, Place, RuleSetError};
pub(in crate::systems::labelling) use fold::has_no_case;
pub(in crate::systems::labelling) use invisible::{is_invisible, visible};
pub(in crate::systems::labelling) use segment::{is_nfkc_surely, nfkc, segments};
pub use set::{
    AuthorConflict, LabelRules, MatchType, Normalize, RowLabels, Rule, RuleKind, RuleSet,
    UnknownName,
};
