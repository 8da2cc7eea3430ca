//! Where the tables of a sheet seem to be, without a mapping: for drafts of mappings, and for lint.

mod blocks;
mod column;
mod tables;

pub(crate) use blocks::blocks;
pub(crate) use column::{Profile, profiles};
pub(crate) use tables::{TableOutline, tables};
