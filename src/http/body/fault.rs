//! What is wrong with a body, in the words that callers read.

use std::fmt;

use serde::de::{self, Expected, Unexpected};
use serde_json::Value;
use serde_path_to_error::Path;

use crate::engine::seam::SystemError;
use crate::http::error::Failure;

/// A body, or a part of one, that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The path of the value that is at fault; empty: the body itself.
    pub place: String,
    pub reason: String,
}

impl Misfit {
    pub fn new(place: &str, reason: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            reason: reason.into(),
        }
    }

    /// The same of a body that is the member `name` of another one.
    pub fn inside(self, name: &str) -> Self {
        let place = match self.place.as_str() {
            "" => name.to_owned(),
            place => format!("{name}.{place}"),
        };
        Self { place, ..self }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place.as_str() {
            "" => "body",
            place => place,
        };
        write!(formatter, "{place}: {}", self.reason)
    }
}

impl From<Misfit> for Failure {
    fn from(misfit: Misfit) -> Self {
        Self::invalid(misfit.to_string())
    }
}

impl From<Misfit> for SystemError {
    fn from(Misfit { place, reason }: Misfit) -> Self {
        Self::Misfit { place, reason }
    }
}

/// A fault of a value; where the value stands is known one level up.
#[derive(Debug)]
pub(super) struct Fault {
    /// The member of the value that is at fault, if it is not the value itself.
    member: Option<String>,
    reason: String,
}

impl Fault {
    pub fn wrong_type(expected: &str, found: &Value) -> Self {
        Self::value(format!("expected {expected}, found {}", kind(found)))
    }

    /// Callers have known this sentence without what was found since before the others.
    pub fn no_list() -> Self {
        Self::value("expected a list".to_owned())
    }

    pub fn unknown_member(name: &str, known: &[&str]) -> Self {
        let known = known.join(", ");
        Self::member(name, format!("unknown field; known are {known}"))
    }

    fn value(reason: String) -> Self {
        Self {
            member: None,
            reason,
        }
    }

    fn member(name: &str, reason: String) -> Self {
        Self {
            member: Some(name.to_owned()),
            reason,
        }
    }

    /// The fault of the value at this place of the body.
    pub fn at(self, path: &Path) -> Misfit {
        let is_root = path.iter().next().is_none();
        let place = match (is_root, self.member) {
            (true, member) => member.unwrap_or_default(),
            (false, None) => path.to_string(),
            (false, Some(member)) => format!("{path}.{member}"),
        };
        Misfit {
            place,
            reason: self.reason,
        }
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::value(reason.to_string())
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        let expected = in_words(&expected.to_string());
        Self::value(format!("expected {expected}, found {}", shown(found)))
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let expected = any_of(expected);
        Self::value(format!("expected {expected}, found `{found}`"))
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown_member(name, expected)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::member(name, "is missing".to_owned())
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::member(name, "is given twice".to_owned())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(formatter, "{member}: {}", self.reason),
            None => formatter.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Fault {}

/// `a, b or c`
pub(super) fn any_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Numbers go by the names of their types, which say nothing to callers.
fn in_words(expected: &str) -> String {
    let up_to = |most: u64| format!("a whole number from 0 to {most}");
    match expected {
        "u8" => up_to(u8::MAX.into()),
        "u16" => up_to(u16::MAX.into()),
        "u32" => up_to(u32::MAX.into()),
        "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        words => words.to_owned(),
    }
}

/// Numbers are shown; texts may be long or secret.
fn kind(found: &Value) -> String {
    match found {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn shown(found: Unexpected) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => kind(&value.into()),
        Unexpected::Str(_) | Unexpected::Char(_) | Unexpected::Bytes(_) => "a string".to_owned(),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        other => other.to_string(),
    }
}
