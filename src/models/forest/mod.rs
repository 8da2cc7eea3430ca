//! Evaluates ensembles of decision trees: what LightGBM, XGBoost and ONNX trees have in common.
//!
//! A reader of a format describes each tree as a [`TreeDraft`]; [`ForestBuilder`] checks it (every node is reached
//! exactly once, every column and target exists) and lays its nodes out for scoring. A [`Forest`] adds what its trees
//! say to sums, in the order of the trees, in single or double precision.

mod builder;
mod draft;
mod layout;
mod number;
mod score;
#[cfg(test)]
mod tests;

pub use builder::ForestBuilder;
pub use draft::{DraftNode, SetId, Test, TreeDraft, TreeFault};
pub use number::Number;
pub use score::Forest;
