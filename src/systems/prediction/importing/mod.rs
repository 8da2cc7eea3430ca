//! Imports as jobs: a file and a mapping become rows of tables, once, whatever breaks.
//!
//! ```text
//! file, mapping ──compose──► a job; the file stands with its inputs, in pieces
//!                               │ kind `import`: one batch
//!                               ▼
//!                writing: one transaction in the output, with a marker
//!                               │ the same slice
//!                               ▼
//!                store: the import with its counts, and its problems
//! ```
//!
//! A process that is killed between the two finds the marker, and stores what it says.

mod composing;
mod error;
mod flow;
mod imports;
mod kind;
mod params;
mod request;

pub(crate) use composing::NewImport;
pub(crate) use error::ImportsError;
pub(crate) use flow::ImportFlow;
pub(crate) use imports::{ChosenMapping, Imports, written};
pub(crate) use kind::ImportKind;

/// The name of the flow, as its jobs carry it.
pub(crate) const FLOW: &str = "import";

/// The queue of imports, which has few places: each holds a file in memory.
pub(crate) const QUEUE: &str = "imports";

/// The states of an import whose file has been read.
pub(crate) const IMPORTED: &str = "imported";
pub(crate) const REFUSED: &str = "refused";
