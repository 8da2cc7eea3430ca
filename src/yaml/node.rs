//! A YAML text as a tree.

use serde_json::{Map, Value};

use super::fault::YamlFault;
use super::scalar::Resolved;

/// Where something begins in its text; both count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub line: u32,
    pub column: u32,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub position: Position,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order of the text, repeated keys included.
    Mapping(Vec<Entry>),
}

/// A key, which is always a scalar, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub key: Node,
    pub value: Node,
}

/// A scalar as it is written. What it means depends on the type that it is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub text: String,
    pub style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes: it may be null, a boolean, a number or a string.
    Plain,
    /// A string, whatever it looks like.
    Quoted,
    /// From a source that has no types, such as an environment variable: whatever it is read as,
    /// and never null.
    Untyped,
}

impl Node {
    pub(crate) fn mapping(position: Position, entries: Vec<Entry>) -> Self {
        Self {
            position,
            content: Content::Mapping(entries),
        }
    }

    pub(crate) fn scalar(position: Position, text: String, style: Style) -> Self {
        Self {
            position,
            content: Content::Scalar(Scalar { text, style }),
        }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(scalar) => Some(&scalar.text),
            Content::List(_) | Content::Mapping(_) => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        match &self.content {
            Content::Scalar(scalar) => scalar.is_null(),
            Content::List(_) | Content::Mapping(_) => false,
        }
    }

    pub(crate) fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping(_))
    }

    /// The entries of a mapping; none of anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Mapping(entries) => entries,
            Content::Scalar(_) | Content::List(_) => &[],
        }
    }

    /// The first entry with this key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()
            .iter()
            .find(|entry| entry.key.text() == Some(key))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of the first entry with this key.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Content::Mapping(entries) = &mut self.content else {
            return None;
        };
        let mut entries = entries.iter_mut();
        let found = entries.find(|entry| entry.key.text() == Some(key))?;
        Some(&mut found.value)
    }

    /// The same without the entries and elements that begin, or whose values begin, at these places.
    pub(crate) fn without(&self, places: &[Position]) -> Self {
        let is_out = |node: &Self| places.contains(&node.position);
        let content = match &self.content {
            Content::Scalar(scalar) => Content::Scalar(scalar.clone()),
            Content::List(elements) => {
                let left = elements.iter().filter(|element| !is_out(element));
                Content::List(left.map(|element| element.without(places)).collect())
            }
            Content::Mapping(entries) => {
                let left = entries
                    .iter()
                    .filter(|entry| !is_out(&entry.key) && !is_out(&entry.value));
                let left = left.map(|entry| Entry {
                    key: entry.key.clone(),
                    value: entry.value.without(places),
                });
                Content::Mapping(left.collect())
            }
        };
        Self {
            position: self.position,
            content,
        }
    }

    /// The value as JSON, with what is wrong with it: keys that are given twice.
    pub(crate) fn into_json(self) -> Result<Value, YamlFault> {
        match self.content {
            Content::Scalar(scalar) => Ok(scalar.into_json()),
            Content::List(elements) => elements.into_iter().map(Node::into_json).collect(),
            Content::Mapping(entries) => {
                let mut fields = Map::with_capacity(entries.len());
                for Entry { key, value } in entries {
                    let Content::Scalar(Scalar { text, .. }) = key.content else {
                        continue;
                    };
                    if fields.contains_key(&text) {
                        let problem = format!("the key `{text}` is given twice");
                        return Err(YamlFault::of_text(key.position, problem));
                    }
                    fields.insert(text, value.into_json()?);
                }
                Ok(Value::Object(fields))
            }
        }
    }
}

impl Scalar {
    fn into_json(self) -> Value {
        match self.resolve() {
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => Value::Bool(value),
            Resolved::Unsigned(value) => value.into(),
            Resolved::Signed(value) => value.into(),
            // What JSON cannot say, infinity, is null there.
            Resolved::Float(value) => value.into(),
            Resolved::Text => Value::String(self.text),
        }
    }
}
