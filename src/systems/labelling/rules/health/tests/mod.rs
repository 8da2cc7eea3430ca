//! Counts, and what reports make of them.

mod counting;
mod reporting;
