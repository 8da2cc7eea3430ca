//! Reads JSON and UBJSON piece by piece, so that what is not needed takes no memory.

mod json;
mod ubjson;

#[cfg(test)]
mod tests;

use std::fmt::{self, Display, Formatter};

pub use json::Json;
pub use ubjson::Ubjson;

/// Lists and objects within each other.
const DEPTH: usize = 64;

/// A file that is read from its beginning to its end. Each call reads the value that comes next.
pub trait Document {
    /// Gives the members of an object to `visit`, which reads their values.
    fn object(
        &mut self,
        visit: impl FnMut(&mut Self, &str) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault>;

    /// Gives the positions of a list to `visit`, which reads the values.
    fn list(
        &mut self,
        visit: impl FnMut(&mut Self, usize) -> Result<(), DocumentFault>,
    ) -> Result<(), DocumentFault>;

    /// A list of numbers. `true` is one, `false` zero.
    fn numbers<N: Element>(&mut self) -> Result<Vec<N>, DocumentFault>;

    /// A text.
    fn text(&mut self) -> Result<String, DocumentFault>;

    /// Passes over a value.
    fn skip(&mut self) -> Result<(), DocumentFault>;

    /// Fails unless everything was read.
    fn end(&mut self) -> Result<(), DocumentFault>;

    /// A list of texts.
    fn texts(&mut self) -> Result<Vec<String>, DocumentFault> {
        let mut texts = Vec::new();
        self.list(|document, _| {
            texts.push(document.text()?);
            Ok(())
        })?;
        Ok(texts)
    }
}

/// A number of a list.
pub trait Element: Copy {
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Option<Self>;
    fn from_integer(value: i64) -> Option<Self>;
    fn from_double(value: f64) -> Option<Self>;
}

macro_rules! integer {
    ($integer:ident, $expected:literal) => {
        impl Element for $integer {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn from_integer(value: i64) -> Option<Self> {
                value.try_into().ok()
            }

            fn from_double(_: f64) -> Option<Self> {
                None
            }
        }
    };
}

macro_rules! float {
    ($float:ident) => {
        impl Element for $float {
            const EXPECTED: &'static str = "a number";

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn from_integer(value: i64) -> Option<Self> {
                Some(value as $float)
            }

            fn from_double(value: f64) -> Option<Self> {
                Some(value as $float)
            }
        }
    };
}

integer!(u8, "a whole number from 0 to 255");
integer!(i32, "a whole number");
integer!(i64, "a whole number");
integer!(u32, "a whole number from 0 to 4294967295");
float!(f32);
float!(f64);

/// What is wrong, and where.
#[derive(Debug, PartialEq)]
pub struct DocumentFault {
    /// From the innermost member to the outermost one.
    path: Vec<Step>,
    byte: usize,
    reason: String,
}

#[derive(Debug, PartialEq)]
enum Step {
    Member(String),
    Position(usize),
}

impl DocumentFault {
    pub fn new(byte: usize, reason: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            byte,
            reason: reason.into(),
        }
    }

    fn in_member(mut self, key: &str) -> Self {
        self.path.push(Step::Member(key.chars().take(80).collect()));
        self
    }

    fn at_position(mut self, position: usize) -> Self {
        self.path.push(Step::Position(position));
        self
    }
}

impl Display for DocumentFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().rev().enumerate() {
            match step {
                Step::Member(key) if index == 0 => formatter.write_str(key)?,
                Step::Member(key) => write!(formatter, ".{key}")?,
                Step::Position(position) => write!(formatter, "[{position}]")?,
            }
        }
        let separator = if self.path.is_empty() { "" } else { ": " };
        write!(formatter, "{separator}{} (byte {})", self.reason, self.byte)
    }
}
