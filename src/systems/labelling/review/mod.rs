//! Reviews: a sample of a job's rows that people judge, and what their verdicts say of its labels.
//!
//! ```text
//! published rows ──Draw──► strata with their least rows ──texts──► items ──people──► verdicts
//!                                                                          majority │
//!                                            Precision of labels, gold of the set ◄─┘
//! ```

mod draw;
mod error;
mod gold;
mod making;
mod precision;
mod reading;
mod verdict;

#[cfg(test)]
mod tests;

pub(super) use draw::{By, Draw, Drawn, RowFacts};
pub(super) use error::ReviewError;
pub(super) use gold::{Gold, GoldExample};
pub(super) use making::NewReview;
pub(super) use precision::{JudgedStratum, Precision};
pub(super) use reading::{ReviewState, Said};
pub(super) use verdict::{Verdict, majority};
