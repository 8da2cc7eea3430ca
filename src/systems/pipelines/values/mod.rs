//! Values of parameters, ranges of them, and templates that they are put into. Pure.

mod fill;
mod range;
mod read;
mod template;
mod value;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use range::{RangeFault, range};
pub(crate) use read::{read_text, whole_pattern};
pub(crate) use template::{Piece, PlaceholderKind, Scope, Shift, Template};
pub(crate) use value::{ParamType, ParamValue};
pub(crate) use written::{written, written_text};
