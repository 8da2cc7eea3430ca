//! Hands a JSON value to serde, more strictly than serde_json does: a struct is an object and
//! never a list, unknown members are refused, and a member that is `null` counts as left out.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Number, Value};

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

/// A number for a value of any kind, as it is written. serde_json's own way from value to value
/// writes some anew: `0.00001` as `1e-5`.
fn all_digits<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value> {
    let mut text = serde_json::Deserializer::from_reader(number.as_str().as_bytes());
    text.deserialize_any(visitor).map_err(Fault::custom)
}

/// A number for a type that may not have room for all digits.
fn number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value> {
    match (number.as_u64(), number.as_i64().or_else(|| whole(number))) {
        (Some(number), _) => visitor.visit_u64(number),
        (None, Some(number)) => match u64::try_from(number) {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => visitor.visit_i64(number),
        },
        (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// `7.0` and `7e0` are written otherwise than `7`, and are the same whole number to JSON Schema.
fn whole(number: &Number) -> Option<i64> {
    /// Below it, a double that has no fraction is the number that was written.
    const EXACT_BELOW: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    let value = number.as_f64()?;
    let is_whole = value.fract() == 0.0 && value.abs() < EXACT_BELOW;
    is_whole.then_some(value as i64)
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match &self.0 {
                Value::Number(value) => number(value, visitor),
                _ => self.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => all_digits(&number, visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(values) => {
                let values = values.into_iter().map(Reader);
                visitor.visit_seq(SeqDeserializer::new(values))
            }
            Value::Object(all) => members(all, visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
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
        bool char bytes byte_buf
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
                "list[0].number: expected a whole number from 0 to 4294967295, found a string",
            ),
            (
                json!({ "text": "", "list": [{ "number": -1 }] }),
                "list[0].number: expected a whole number from 0 to 4294967295, found -1",
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
    fn numbers_in_values_of_any_kind_keep_their_digits() {
        #[derive(Deserialize)]
        struct Holder {
            value: Value,
        }
        for digits in [
            "12345678901234567890123",
            "-170141183460469231731687303715884105729",
            "10000000000000000000000000000000000000000",
            "0.00001",
            "1.10",
            "-0",
            "1e+400",
            "7",
        ] {
            let text = format!(r#"{{"value":{{"a":[{digits}]}}}}"#);
            let body = serde_json::from_str(&text).unwrap();
            let holder = Holder::deserialize(Reader(body)).unwrap();
            assert_eq!(holder.value.to_string(), text[9..text.len() - 1]);
        }
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point_or_an_exponent() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Holder {
            #[serde(deserialize_with = "crate::http::body::whole_number::<1, 1000, _>")]
            limit: u32,
            after: i64,
            share: f64,
        }
        let read = |limit: &str, after: &str| {
            let text = format!(r#"{{"limit":{limit},"after":{after},"share":1.0}}"#);
            Holder::deserialize(Reader(serde_json::from_str(&text).unwrap()))
        };
        for (limit, after) in [("222.0", "-7.00"), ("2.22e2", "-7e0"), ("222", "-7")] {
            let expected = Holder {
                limit: 222,
                after: -7,
                share: 1.0,
            };
            assert_eq!(read(limit, after).unwrap(), expected);
        }
        for (limit, after) in [
            ("222.5", "7"),
            ("0.0", "7"),
            ("1e4", "7"),
            ("-1.0", "7"),
            ("1", "7.25"),
            ("1", "1e300"),
        ] {
            assert!(read(limit, after).is_err(), "{limit} {after}");
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
