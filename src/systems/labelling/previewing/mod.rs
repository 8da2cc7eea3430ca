//! Previews of a set on a table: rows are read, or still there from the preview before, and looked at.
//!
//! ```text
//! RowsAsked ──kept?──► KeptRows ─────────────────────────┐
//!     └──reading, sampling──► rows ──► rules::preview::look ──► PreviewAnswer
//! ```
//!
//! Nothing is written, and everything is bounded: rows, time, memory, and previews at once.

mod answer;
mod bounds;
mod error;
mod kept;
mod reading;
mod room;
mod rows_asked;
mod run;
mod sampling;
mod service;
#[cfg(test)]
mod tests;

pub(super) use bounds::{EXAMPLES_MAX, SAMPLE_ROWS_MAX};
pub(super) use kept::KeptRows;
pub(super) use rows_asked::{RowsAsked, SampleAsked};
pub(super) use run::{PreviewAsked, preview};
pub(super) use service::{PreviewRequest, Previews};
