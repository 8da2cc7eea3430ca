//! The `key=value` lines of the header or of a tree.

use std::collections::HashMap;
use std::str::FromStr;

use super::lines::{Line, quoted};
use crate::models::refusal::Refusal;

/// A value and the line on which it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'f> {
    pub line: Line<'f>,
    pub key: &'f str,
    pub value: &'f str,
}

/// Kinds of values as sentences name them.
pub(super) trait Written: FromStr {
    const EXPECTED: &'static str;
}

impl Written for f64 {
    const EXPECTED: &'static str = "a number";
}

impl Written for usize {
    const EXPECTED: &'static str = "a whole number that is not negative";
}

impl Written for i64 {
    const EXPECTED: &'static str = "a whole number";
}

impl Written for u32 {
    const EXPECTED: &'static str = "a whole number below 4294967296";
}

impl<'f> Field<'f> {
    pub fn refusal(&self, reason: impl std::fmt::Display) -> Refusal {
        self.line.refusal(format!("{}: {reason}", self.key))
    }

    pub fn number<T: Written>(&self) -> Result<T, Refusal> {
        self.parse(self.value)
    }

    /// Numbers between spaces, as many as expected.
    pub fn numbers<T: Written>(&self, count: usize) -> Result<Vec<T>, Refusal> {
        let found = self.words().count();
        if found != count {
            return Err(self.refusal(format!("expected {count} numbers, found {found}")));
        }
        self.words().map(|word| self.parse(word)).collect()
    }

    /// Its parts between spaces.
    pub fn words(&self) -> impl Iterator<Item = &'f str> + use<'f> {
        self.value.split(' ').filter(|word| !word.is_empty())
    }

    fn parse<T: Written>(&self, text: &str) -> Result<T, Refusal> {
        text.trim()
            .parse()
            .map_err(|_| self.refusal(format!("expected {}, found {}", T::EXPECTED, quoted(text))))
    }
}

/// The fields of a section by their keys.
#[derive(Debug)]
pub(super) struct Fields<'f> {
    /// What it is, for a sentence that misses something in it.
    section: String,
    fields: HashMap<&'f str, Field<'f>>,
}

impl<'f> Fields<'f> {
    pub fn new(section: String) -> Self {
        Self {
            section,
            fields: HashMap::new(),
        }
    }

    /// Takes a line: a key alone, or a key and a value.
    pub fn insert(&mut self, line: Line<'f>) -> Result<(), Refusal> {
        let (key, value) = line.text.split_once('=').unwrap_or((line.text, ""));
        match self.fields.insert(key, Field { line, key, value }) {
            None => Ok(()),
            Some(first) => Err(line.refusal(format!(
                "{} is already on line {}",
                quoted(key),
                first.line.number
            ))),
        }
    }

    pub fn get(&self, key: &str) -> Option<Field<'f>> {
        self.fields.get(key).copied()
    }

    pub fn require(&self, key: &str) -> Result<Field<'f>, Refusal> {
        self.get(key)
            .ok_or_else(|| Refusal::new(format!("{}: the line {key}=… is missing", self.section)))
    }
}
