//! What became of a row, and where that stands in its texts.

use super::state::{FoldedHit, TrueRule};
use crate::systems::labelling::rules::set::Field;

/// What became of a row.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub dropped: Option<Dropped>,
    /// The labels of which a rule is true, in the order of the set.
    pub labels: Vec<LabelVerdict>,
    /// In no order; empty unless wanted.
    pub true_rules: Vec<TrueRule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelVerdict {
    /// The rule that is reported.
    pub reported: TrueRule,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Given,
    /// Another label comes first.
    Matched,
    /// Taken away by an `except`, by its place in the label.
    Excepted {
        except: usize,
        hit: FoldedHit,
    },
}

/// The filter that dropped a row, by its place in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    pub filter: usize,
    pub hit: FoldedHit,
}

/// Where something stands in the original texts, and what else makes it true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub hit: Span,
    pub parts: Vec<Span>,
}

/// Bytes of an original text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub field: Field,
    pub start: usize,
    pub end: usize,
}
