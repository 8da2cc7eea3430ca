//! Collects what is wrong with values that have the right types.

use std::ops::RangeInclusive;

/// Keys and what is wrong with them.
#[derive(Debug)]
pub struct Problems<'f> {
    found: &'f mut Vec<(String, String)>,
    /// Of the section at hand, with its dot.
    prefix: String,
}

impl<'f> Problems<'f> {
    pub(super) fn new(found: &'f mut Vec<(String, String)>) -> Self {
        Self {
            found,
            prefix: String::new(),
        }
    }

    /// The same, for keys inside this one.
    pub fn within(&mut self, key: &str) -> Problems<'_> {
        Problems {
            prefix: format!("{}{key}.", self.prefix),
            found: self.found,
        }
    }

    pub fn add(&mut self, key: &str, problem: impl Into<String>) {
        let key = format!("{}{key}", self.prefix);
        self.found.push((key, problem.into()));
    }

    /// Reports a number that does not lie in its range.
    pub fn expect_between(&mut self, key: &str, value: u64, range: RangeInclusive<u64>) {
        if !range.contains(&value) {
            let (least, most) = range.into_inner();
            let problem = format!("{value} is out of range, expected {least} to {most}");
            self.add(key, problem);
        }
    }
}
