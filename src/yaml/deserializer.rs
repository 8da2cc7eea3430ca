//! A tree as a source for serde, which keeps where an error arose.

use std::collections::HashSet;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

use super::node::{Content, Entry, Node, Position, Scalar};
use super::scalar::Resolved;

/// Values that are left out because something is wrong with them or with their key: the addresses
/// of their nodes.
pub(super) type LeftOut = HashSet<*const Node>;

/// Why a value could not be read.
#[derive(Debug)]
pub(super) struct ReadError {
    pub problem: String,
    /// Where it arose; `None` until it has come back to the value.
    pub origin: Option<Origin>,
    /// From the inside out.
    pub path: Vec<String>,
    missing: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct Origin {
    pub position: Position,
    /// What has to be left out for the rest to be read.
    pub node: *const Node,
    /// The key, where the key is at fault and not its value.
    pub key: Option<String>,
    /// It only arose because something else was left out.
    pub is_consequence: bool,
}

#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'n> {
    pub node: &'n Node,
    pub left_out: &'n LeftOut,
}

type Result_<T> = Result<T, ReadError>;

impl ReadError {
    fn new(problem: String) -> Self {
        Self {
            problem,
            origin: None,
            path: Vec::new(),
            missing: None,
        }
    }

    fn inside(mut self, step: String) -> Self {
        self.path.push(step);
        self
    }
}

impl<'n> NodeDeserializer<'n> {
    fn child(self, node: &'n Node) -> Self {
        Self { node, ..self }
    }

    /// An error that has no origin yet arose here.
    fn located(self, mut error: ReadError) -> ReadError {
        if error.origin.is_none() {
            error.origin = Some(Origin {
                position: self.node.position,
                node: self.node,
                key: None,
                is_consequence: self.is_consequence(&error),
            });
        }
        error
    }

    fn is_consequence(self, error: &ReadError) -> bool {
        let is_left_out = |node: &Node| self.left_out.contains(&std::ptr::from_ref(node));
        match (&self.node.content, error.missing) {
            (Content::Scalar(_), _) => false,
            (Content::List(elements), _) => elements.iter().any(is_left_out),
            (Content::Mapping(_), Some(field)) => self.node.get(field).is_some_and(is_left_out),
            (Content::Mapping(entries), None) => {
                entries.iter().any(|entry| is_left_out(&entry.value))
            }
        }
    }

    fn scalar(self) -> Option<&'n Scalar> {
        match &self.node.content {
            Content::Scalar(scalar) => Some(scalar),
            Content::List(_) | Content::Mapping(_) => None,
        }
    }

    fn visit<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        match &self.node.content {
            Content::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => visitor.visit_unit(),
                Resolved::Bool(value) => visitor.visit_bool(value),
                Resolved::Unsigned(value) => visitor.visit_u64(value),
                Resolved::Signed(value) => visitor.visit_i64(value),
                Resolved::Float(value) => visitor.visit_f64(value),
                Resolved::Text => visitor.visit_str(&scalar.text),
            },
            Content::List(elements) => visitor.visit_seq(Elements {
                parent: self,
                elements: elements.iter().enumerate(),
            }),
            Content::Mapping(entries) => visitor.visit_map(Entries::new(self, entries)),
        }
    }

    /// Null where a mapping or a list is expected is an empty one.
    fn visit_collection<V: Visitor<'n>>(
        self,
        visitor: V,
        empty: impl FnOnce(V) -> Result_<V::Value>,
    ) -> Result_<V::Value> {
        if self.node.is_null() {
            return empty(visitor);
        }
        self.visit(visitor)
    }

    fn visit_entries<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        let read = match &self.node.content {
            Content::List(_) => Err(ReadError::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.visit_collection(visitor, |visitor| {
                visitor.visit_map(Entries::new(self, &[]))
            }),
        };
        read.map_err(|error| self.located(error))
    }

    fn visit_elements<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        let none = Elements {
            parent: self,
            elements: [].iter().enumerate(),
        };
        let read = self.visit_collection(visitor, |visitor| visitor.visit_seq(none));
        read.map_err(|error| self.located(error))
    }

    fn visit_unsigned<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        let read = match self.scalar().map(Scalar::resolve) {
            Some(Resolved::Signed(value)) => {
                Err(ReadError::invalid_type(Unexpected::Signed(value), &visitor))
            }
            _ => self.visit(visitor),
        };
        read.map_err(|error| self.located(error))
    }
}

macro_rules! unsigned {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
            self.visit_unsigned(visitor)
        })*
    };
}

impl<'n> Deserializer<'n> for NodeDeserializer<'n> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        self.visit(visitor).map_err(|error| self.located(error))
    }

    fn deserialize_bool<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        match self.scalar().and_then(Scalar::as_bool) {
            Some(value) => visitor.visit_bool(value),
            None => self.visit(visitor),
        }
        .map_err(|error| self.located(error))
    }

    unsigned! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    /// A scalar without quotes is a string, too, where one is expected: `version: 1.10`.
    fn deserialize_str<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        match self.scalar() {
            Some(scalar) => visitor.visit_str(&scalar.text),
            None => self.visit(visitor),
        }
        .map_err(|error| self.located(error))
    }

    fn deserialize_string<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
        .map_err(|error| self.located(error))
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result_<V::Value> {
        let read = visitor.visit_newtype_struct(self);
        read.map_err(|error| self.located(error))
    }

    fn deserialize_seq<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        self.visit_elements(visitor)
    }

    fn deserialize_tuple<V: Visitor<'n>>(self, _length: usize, visitor: V) -> Result_<V::Value> {
        self.visit_elements(visitor)
    }

    fn deserialize_map<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        self.visit_entries(visitor)
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result_<V::Value> {
        self.visit_entries(visitor)
    }

    /// A word, or a mapping with the word and what belongs to it.
    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result_<V::Value> {
        let read = match &self.node.content {
            Content::Scalar(scalar) => {
                let word: StrDeserializer<'_, ReadError> = scalar.text.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            Content::Mapping(entries) => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries::new(self, entries)))
            }
            Content::List(_) => Err(ReadError::invalid_type(Unexpected::Seq, &visitor)),
        };
        read.map_err(|error| self.located(error))
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result_<V::Value> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        <W: Visitor<'n>>
        i8 i16 i32 i64 i128 u128 f32 f64 bytes byte_buf unit unit_struct tuple_struct
    }
}

struct Elements<'n> {
    parent: NodeDeserializer<'n>,
    elements: std::iter::Enumerate<std::slice::Iter<'n, Node>>,
}

impl<'n> SeqAccess<'n> for Elements<'n> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'n>>(&mut self, seed: S) -> Result_<Option<S::Value>> {
        let left_out = self.parent.left_out;
        let mut kept = self
            .elements
            .by_ref()
            .filter(|(_, element)| !left_out.contains(&std::ptr::from_ref(*element)));
        let Some((index, element)) = kept.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(self.parent.child(element));
        read.map(Some)
            .map_err(|error| error.inside(format!("[{index}]")))
    }
}

struct Entries<'n> {
    parent: NodeDeserializer<'n>,
    entries: std::slice::Iter<'n, Entry>,
    /// The entry whose key was read last.
    current: Option<&'n Entry>,
}

impl<'n> Entries<'n> {
    fn new(parent: NodeDeserializer<'n>, entries: &'n [Entry]) -> Self {
        Self {
            parent,
            entries: entries.iter(),
            current: None,
        }
    }
}

impl<'n> MapAccess<'n> for Entries<'n> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'n>>(&mut self, seed: S) -> Result_<Option<S::Value>> {
        let left_out = self.parent.left_out;
        let mut kept = self
            .entries
            .by_ref()
            .filter(|entry| !left_out.contains(&std::ptr::from_ref(&entry.value)));
        self.current = kept.next();
        let Some(Entry { key, value }) = self.current else {
            return Ok(None);
        };
        let read = seed.deserialize(self.parent.child(key));
        read.map(Some).map_err(|mut error| {
            error.origin = Some(Origin {
                position: key.position,
                node: value,
                key: key.text().map(str::to_owned),
                is_consequence: false,
            });
            error
        })
    }

    fn next_value_seed<S: DeserializeSeed<'n>>(&mut self, seed: S) -> Result_<S::Value> {
        let Some(Entry { key, value }) = self.current else {
            return Err(ReadError::custom("a value was asked for before its key"));
        };
        let read = seed.deserialize(self.parent.child(value));
        read.map_err(|error| error.inside(key.text().unwrap_or_default().to_owned()))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ReadError {}

impl Error for ReadError {
    fn custom<T: fmt::Display>(problem: T) -> Self {
        Self::new(problem.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            missing: Some(field),
            ..Self::new(format!("missing field `{field}`"))
        }
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = in_words(&expected.to_string());
        Self::new(format!("invalid type: {unexpected}, expected {expected}"))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = in_words(&expected.to_string());
        Self::new(format!("invalid value: {unexpected}, expected {expected}"))
    }
}

/// The names of Rust's types mean nothing to those who write YAML.
fn in_words(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 up",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a map" => "a mapping",
        _ if expected.starts_with("struct ") => "a mapping",
        other => other,
    };
    words.to_owned()
}
