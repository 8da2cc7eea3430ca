//! The mapping file: how a workbook becomes rows, and all that is wrong with a mapping at once.
//!
//! ```text
//! text ──yaml──► Node ──read──► Written ──check──► Mapping, or every MappingFault
//! ```

mod check;
mod check_parts;
mod fault;
mod forms;
mod model;
mod names;
mod read;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use check::Check as MappingCheck;
pub(crate) use fault::MappingFault;
pub(crate) use model::{
    Column, HeadingPath, Level, Mapping, Meta, Place, SheetChoice, SkipRows, Start, Table, Unpivot,
    Wildcard,
};
pub(crate) use read::read;
pub(crate) use written::{
    Ordered, Partial, WrittenBound, WrittenConversion, WrittenUnit, converted,
};
