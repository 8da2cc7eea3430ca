//! Models of the format `remote`: another server that speaks the Open Inference Protocol scores their rows.
//!
//! ```text
//! upload ── complete ──► GET /v2, /v2/models/M ──► what is asked how, written into the file of the package
//! score ─── open ──────► POST /v2/models/M/infer
//! ```
//!
//! The server is asked for its model once. What it said stands in the package, so that a process can start while the
//! other server is away. Nothing is tried again: callers do that.

mod answers;
mod client;
mod file;
mod layout;
mod metadata;
mod opened;

#[cfg(test)]
mod tests;

pub(super) use opened::{Remotes, RemotesError};
