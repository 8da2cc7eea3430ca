//! Words out of a closed set that another module owns: documented, read and written here, so that
//! no word stands twice.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{
    ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type,
};
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::fault::any_of;

/// A closed set of words, or the part of one that callers may use.
pub(crate) trait Vocabulary: Send + Sync + 'static {
    type Item: Copy + Into<&'static str> + Send + Sync + 'static;
    /// Name of the schema.
    const NAME: &'static str;
    const DESCRIPTION: &'static str;
    const ITEMS: &'static [Self::Item];
}

/// One word of a vocabulary.
pub(crate) struct Word<V: Vocabulary>(pub V::Item);

fn word<V: Vocabulary>(item: V::Item) -> &'static str {
    item.into()
}

/// All of a vocabulary.
fn words<V: Vocabulary>() -> impl Iterator<Item = Value> {
    V::ITEMS.iter().map(|item| word::<V>(*item).into())
}

impl<V: Vocabulary> Word<V> {
    fn find(text: &str) -> Result<Self, String> {
        let mut items = V::ITEMS.iter();
        let found = items.find(|item| word::<V>(**item) == text);
        found.map(|item| Self(*item)).ok_or_else(|| {
            let known: Vec<&str> = V::ITEMS.iter().map(|item| word::<V>(*item)).collect();
            format!("expected {}, found `{text}`", any_of(&known))
        })
    }
}

impl<'de, V: Vocabulary> Deserialize<'de> for Word<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::find(&text).map_err(de::Error::custom)
    }
}

impl<V: Vocabulary> Serialize for Word<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(word::<V>(self.0))
    }
}

impl<V: Vocabulary> Type for Word<V> {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        V::NAME.into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(V::NAME.to_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(V::NAME.to_owned(), |_| MetaSchema {
            description: Some(V::DESCRIPTION),
            enum_items: words::<V>().collect(),
            ..MetaSchema::new("string")
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<V: Vocabulary> ParseFromJSON for Word<V> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let value = value.unwrap_or_default();
        match value.as_str() {
            Some(text) => Self::parse_from_parameter(text),
            None => Err(ParseError::expected_type(value)),
        }
    }
}

impl<V: Vocabulary> ParseFromParameter for Word<V> {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        Self::find(text).map_err(ParseError::custom)
    }
}

/// A word by which a list is filtered; an empty text filters nothing.
pub(crate) struct WordFilter<V: Vocabulary>(pub Option<V::Item>);

impl<V: Vocabulary> WordFilter<V> {
    fn find(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(Self(None)),
            text => Word::<V>::find(text).map(|word| Self(Some(word.0))),
        }
    }
}

impl<'de, V: Vocabulary> Deserialize<'de> for WordFilter<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::find(&text).map_err(de::Error::custom)
    }
}

impl<V: Vocabulary> Type for WordFilter<V> {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        format!("{}Filter", V::NAME).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(Self::name().into_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(Self::name().into_owned(), |_| MetaSchema {
            description: Some(V::DESCRIPTION),
            enum_items: words::<V>().chain(["".into()]).collect(),
            ..MetaSchema::new("string")
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<V: Vocabulary> ParseFromParameter for WordFilter<V> {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        Self::find(text).map_err(ParseError::custom)
    }
}

impl<V: Vocabulary> ParseFromJSON for WordFilter<V> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let value = value.unwrap_or_default();
        match value.as_str() {
            Some(text) => Self::parse_from_parameter(text),
            None => Err(ParseError::expected_type(value)),
        }
    }
}

impl<V: Vocabulary> ToJSON for WordFilter<V> {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.map_or("", word::<V>).into())
    }
}

impl<V: Vocabulary> ToJSON for Word<V> {
    fn to_json(&self) -> Option<Value> {
        Some(word::<V>(self.0).into())
    }
}
