//! Explains what became of a row: which rules are true and where, which one is reported, and which
//! were nearly true.

mod misses;
mod plausible;
mod relax;
mod row;
#[cfg(test)]
mod tests;
mod trial;

pub use misses::{Miss, MissDetail, MissKind};
pub use row::{ExplainedHit, ExplainedLabel, ExplainedRow, Explainer, SpanJson};
