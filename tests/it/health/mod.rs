//! What the rules of jobs did, against a count that was written from the specification alone.

mod killed;
pub(crate) mod recount;
mod reports;
