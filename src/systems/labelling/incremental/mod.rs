//! Incremental runs: which earlier job one can stand on, or why all rows have to be labelled.
//!
//! An incremental run publishes and reports what a full run would. Rows are read as ever; those that no differing
//! rule touches get what the earlier job found of them: see `rules::ledger`.

mod base;
mod person;

pub use person::{LedgerOf, PersonEntry};

use serde::Deserialize;
use strum::{IntoStaticStr, VariantArray};

/// Whether a job labels only the rows that differing rules touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Incremental {
    #[default]
    Off,
    /// If that is possible; else all rows.
    Auto,
    /// Or not at all.
    Require,
}
