//! Rows into tables of an output: staged first, then written in one transaction.
//!
//! ```text
//! file, kept pages ──► Stage (a temporary table of texts for each table of the mapping or the scrape)
//!                        │  strict, and there are problems; expectations are missed: nothing is written
//!                        ▼
//! one transaction: tables that are missing · rows of the same file removed, or rows with the same key
//!                  updated · the others inserted · the marker, by which a second attempt finds it done
//! ```
//!
//! The same statements for all databases. Where a transaction that writes keeps others from writing, or
//! where tables cannot be created in one, rows are staged before it begins; elsewhere in it, for behind a
//! server may be a pool of connections that knows no sessions.

mod declared;
mod destination;
mod error;
mod file;
mod making;
mod pages;
mod removing;
mod staging;
mod statements;
mod tables;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use declared::check_types;
pub(crate) use destination::Destination;
pub(crate) use error::{WriteError, failed_to};
pub(crate) use file::{Import, Written};
pub(crate) use making::columns_of;
pub(crate) use pages::{Pages, WrittenPages};
pub(crate) use tables::{TableFate, Target, TargetColumn, VIEWS, is_reserved};
