//! What the cells of Japanese workbooks mean: texts, numbers with units, dates of both calendars, marks.
//!
//! Pure: a cell and what is wanted of it in, a value and what is wrong with it out.

mod boolean;
mod cell;
mod convert;
mod date;
mod decimal;
mod era;
mod fold;
mod moment;
mod number;
mod pattern;
mod unit;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use cell::Cell;
pub(crate) use convert::{Bound, Conversion, Fault, NullWords};
pub(crate) use date::WrittenDate;
pub(crate) use fold::{clean, fold, is_circled, is_space};
pub(crate) use number::WrittenNumber;
pub(crate) use pattern::Pattern;
pub(crate) use unit::{Unit, is_only_unit, without_unit};
pub(crate) use value::{Kind, Value};
