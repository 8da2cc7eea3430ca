//! Rows and problems from a workbook and a mapping.
//!
//! ```text
//! Grid ──find──► start ──header──► headings ──layout──► what goes where ──body──► rows
//!                meta  ─────────────────────────────────────────────────────────┘
//! ```
//!
//! One bad cell never stops anything: it becomes a problem, and its value is NULL. A caller takes rows,
//! problems and what was left out as they come ([`Sink`]), so that none of it is kept here.

mod body;
mod find;
mod header;
mod keys;
mod layout;
mod meta;
mod problem;
mod record;
mod run;
mod sink;
mod unpivot;
mod view;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use header::{Header, HeaderShape, Heading};
pub(crate) use keys::Keys;
pub(crate) use problem::{Code, Problem, sentence, shortened};
pub(crate) use run::run;
pub(crate) use sink::{FoundTable, Row, Sink, Skipped};
pub(crate) use view::{Used, View};
