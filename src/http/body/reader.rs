//! Hands a JSON value to serde, more strictly than serde_json does: a struct is an object and
//! never a list, unknown members are refused, and a member that is `null` counts as left out.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::fault::Fault;

pub(super) struct Reader(pub Value);

type Result<T> = std::result::Result<T, Fault>;

impl Reader {
    fn object(self) -> Result<Map<String, Value>> {
        match self.0 {
            Value::Object(members) => Ok(members),
            other => Err(Fault::wrong_type("an object", &other)),
        }
    }

    fn text(self) -> Result<String> {
        match self.0 {
            Value::String(text) => Ok(text),
            other => Err(Fault::wrong_type("a string", &other)),
        }
    }
}

/// All members in their order.
fn members<'de, V: Visitor<'de>>(members: Map<String, Value>, visitor: V) -> Result<V::Value> {
    let members = members.into_iter();
    visitor.visit_map(MapDeserializer::new(
        members.map(|(name, value)| (name, Reader(value))),
    ))
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(values) => {
                let values = values.into_iter().map(Reader);
                visitor.visit_seq(SeqDeserializer::new(values))
            }
            Value::Object(all) => members(all, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Array(_) => self.deserialize_any(visitor),
            _ => Err(Fault::no_list()),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        members(self.object()?, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let mut given = self.object()?;
        let mut read = Map::new();
        for name in known {
            let value = given.shift_remove(*name);
            if let Some(value) = value.filter(|value| !value.is_null()) {
                read.insert((*name).to_owned(), value);
            }
        }
        let read = members(read, visitor)?;
        match given.keys().next() {
            None => Ok(read),
            Some(name) => Err(Fault::unknown_member(name, known)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Reader {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        text: String,
        list: Option<Vec<Inner>>,
        word: Option<Word>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        #[serde(default)]
        number: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        ThisOne,
        OrThat,
    }

    fn read(body: Value) -> std::result::Result<Outer, String> {
        serde_path_to_error::deserialize(Reader(body)).map_err(|error| {
            let path = error.path().clone();
            error.into_inner().at(&path).to_string()
        })
    }

    #[test]
    fn a_fault_is_reported_with_its_place_and_what_was_expected() {
        for (body, expected) in [
            (json!([]), "body: expected an object, found a list"),
            (json!(null), "body: expected an object, found null"),
            (json!({}), "text: is missing"),
            (json!({ "text": null }), "text: is missing"),
            (json!({ "text": 1 }), "text: expected a string, found 1"),
            (
                json!({ "text": "", "more": 1 }),
                "more: unknown field; known are text, list, word",
            ),
            (json!({ "text": "", "list": {} }), "list: expected a list"),
            (
                json!({ "text": "", "list": [{}, []] }),
                "list[1]: expected an object, found a list",
            ),
            (
                json!({ "text": "", "list": [{ "number": "1" }] }),
                "list[0].number: expected u32, found a string",
            ),
            (
                json!({ "text": "", "list": [{ "x": null }] }),
                "list[0].x: unknown field; known are number",
            ),
            (
                json!({ "text": "", "word": "other" }),
                "word: expected this_one or or_that, found `other`",
            ),
            (
                json!({ "text": "", "word": { "this_one": null } }),
                "word: expected a string, found an object",
            ),
        ] {
            assert_eq!(read(body).unwrap_err(), expected);
        }
    }

    #[test]
    fn null_is_the_same_as_leaving_a_member_out() {
        let body = json!({ "text": "a", "list": [{ "number": null }], "word": null });
        let expected = Outer {
            text: "a".to_owned(),
            list: Some(vec![Inner { number: 0 }]),
            word: None,
        };
        assert_eq!(read(body), Ok(expected));
    }
}
