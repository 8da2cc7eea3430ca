//! Mixed models: rule sets of keywords, patterns and expressions that people can trust.
//!
//! ```text
//! document ──► set ──check──► matching::Compiled ──► labels of a row, with reasons
//!               ▲ language (expressions)   ▲ folding (texts, keywords)
//! ```

pub mod backtest;
pub mod diff;
pub mod document;
pub mod explain;
mod fields;
pub mod finding;
pub mod folding;
pub mod forms;
pub mod health;
pub mod language;
pub mod ledger;
pub mod lint;
pub mod matching;
pub mod preview;
pub mod set;

pub use fields::fields_in_use;
