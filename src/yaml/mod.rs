//! Reads YAML: text in, a tree with the place of every value out, and typed values of that tree
//! with everything that is wrong with it.
//!
//! ```text
//! text ──parse──► Node ──read──► T, or every YamlFault: line, column, key, what was expected
//! ```
//!
//! The parser is `granit-parser`. The libraries that read YAML straight into types report only the
//! first fault of a file, or lose how a value was written (`1.10` becomes `1.1`).

mod deserializer;
mod fault;
mod fields;
mod node;
mod parse;
mod places;
mod read;
mod scalar;

#[cfg(test)]
mod tests;

pub(crate) use fault::YamlFault;
pub(crate) use fields::fields;
pub(crate) use node::{Content, Entry, Node, Position, Style};
pub(crate) use parse::{Limits, parse, parse_within};
pub(crate) use places::position;
pub(crate) use read::read;
