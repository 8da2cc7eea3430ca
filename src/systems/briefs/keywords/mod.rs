//! Keywords of a brief: read, made queries for platforms, and looked for in texts. Pure.

mod grammar;
mod joined;
mod matcher;

#[cfg(test)]
mod tests;

pub(crate) use grammar::Keyword;
pub(crate) use joined::numbers_of;
pub(crate) use matcher::{Matcher, fold};
