//! Mixed models: rule sets of keywords, patterns and expressions that people can trust.
//!
//! ```text
//! document ──► set ──check──► matching::Compiled ──► labels of a row, with reasons
//!               ▲ language (expressions)   ▲ folding (texts, keywords)
//! ```

pub mod explain;
pub mod folding;
pub mod language;
pub mod matching;
pub mod set;
