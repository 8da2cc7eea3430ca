//! The engine's own store on each database that can hold it: a file, PostgreSQL, MySQL.
//!
//! The servers are named by two variables, which `scripts/test` sets.

mod commits;
pub(crate) mod databases;
mod engine;
mod grouping;
mod keeping;
mod leasing;
mod listing;
mod logs;
mod needs;
mod opening;
mod roles;
mod slots;
mod sweeping;
mod timeline;
mod upgrading;
