//! Members of bodies that serde alone does not read as narrowly as callers are promised.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde::Serialize;
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, Unexpected, Visitor};
use serde_json::{Map, Value};

/// For `deserialize_with`: a whole number from `LEAST` to `MOST`.
pub(crate) fn whole_number<'de, const LEAST: u32, const MOST: u32, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(WholeNumber::<LEAST, MOST>)
}

struct WholeNumber<const LEAST: u32, const MOST: u32>;

impl<const LEAST: u32, const MOST: u32> Visitor<'_> for WholeNumber<LEAST, MOST> {
    type Value = u32;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u32, E> {
        if number < u64::from(LEAST) {
            let reason = format_args!("expected at least {LEAST}, found {number}");
            return Err(E::custom(reason));
        }
        let fitting = u32::try_from(number).ok().filter(|number| *number <= MOST);
        fitting.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

/// For `deserialize_with`: a share from 0 to 1 that may be left out.
pub(crate) fn optional_share<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<f64>, D::Error> {
    deserializer.deserialize_f64(Share).map(Some)
}

struct Share;

impl Visitor<'_> for Share {
    type Value = f64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number from 0 to 1")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<f64, E> {
        match number {
            0 | 1 => Ok(number as f64),
            _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<f64, E> {
        match (0.0..=1.0).contains(&number) {
            true => Ok(number),
            false => Err(E::invalid_value(Unexpected::Float(number), &self)),
        }
    }
}

/// For `deserialize_with`: any object.
pub(crate) fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    deserializer.deserialize_map(AnyObject)
}

/// The same of a member that may be left out.
pub(crate) fn optional_object<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    object(deserializer).map(Some)
}

struct AnyObject;

impl<'de> Visitor<'de> for AnyObject {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = access.next_entry()? {
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

const QUEUE_CHARS_MAX: usize = 64;

/// For `deserialize_with`: the name of a queue.
pub(crate) fn queue_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if (1..=QUEUE_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_usual) {
        Ok(Some(name))
    } else {
        Err(de::Error::custom("expected 1 to 64 of A-Z a-z 0-9 _ . -"))
    }
}

/// A member that is read as `T` and that the document describes as `S`.
pub(crate) struct DocumentedAs<T, S>(pub T, PhantomData<fn() -> S>);

impl<'de, T: Deserialize<'de>, S> Deserialize<'de> for DocumentedAs<T, S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(value, PhantomData))
    }
}

impl<T: Send + Sync, S: Type> Type for DocumentedAs<T, S> {
    const IS_REQUIRED: bool = S::IS_REQUIRED;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        S::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        S::schema_ref()
    }

    fn register(registry: &mut Registry) {
        S::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<T: DeserializeOwned + Send + Sync, S: Type> ParseFromJSON for DocumentedAs<T, S> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let value = serde_json::from_value(value.unwrap_or_default());
        value.map_err(ParseError::custom)
    }
}

impl<T: Serialize + Send + Sync, S: Type> ToJSON for DocumentedAs<T, S> {
    fn to_json(&self) -> Option<Value> {
        serde_json::to_value(&self.0).ok()
    }
}
