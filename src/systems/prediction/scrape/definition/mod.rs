//! The file of a scrape: what is fetched when, how pages become rows, and all that is wrong with it at once.
//!
//! ```text
//! text ──yaml──► Node ──read──► Written ──check──► Scrape, or every fault
//! ```

mod check;
mod check_request;
mod model;
mod path;
mod read;
mod schedule;
mod template;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use check_request::product;
pub(crate) use model::{
    EVERY_ROW, Extract, Field, NextPath, Pages, Request, Retry, Scrape, Target,
};
pub(crate) use path::CssPath;
pub(crate) use read::read;
pub(crate) use template::{ESCAPED, FillError, Values, Within};
