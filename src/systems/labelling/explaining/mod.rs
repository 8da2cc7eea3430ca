//! Explanations for callers: of a row that they bring, of a row that was published, of a person in a panel.
//!
//! ```text
//! row of text ─────────────────────────────► ExplainedRow
//! published row ──source──► row ───────────► ExplainedRow
//! person ──source──► rows ──votes──► outcome · ExplainedRow of each
//! ```

mod error;
mod person;
mod rows_read;
mod service;
mod shape;
#[cfg(test)]
mod tests;
mod texts_of;
mod votes;

pub(super) use error::ExplainError;
pub(super) use service::{ExplainRequest, Explaining, PersonAsked, PublishedAsked, TextsAsked};
pub(super) use texts_of::WantedTexts;
