//! Reads JSON strictly: an object that names a member twice is refused, where a plain reader would
//! silently keep the last; and names what some writers write that is not JSON. Numbers
//! keep all their digits (only an exponent is spelled in one way: `1E5` becomes `1e+5`).

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

struct Strict(Value);

/// The value that `text` holds, or what is wrong with it.
pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
    let text = without_mark(text);
    serde_json::from_slice::<Strict>(text)
        .map(|strict| strict.0)
        .map_err(|error| match not_a_number(text, &error) {
            Some(word) => format!(
                "{word} is not a number of JSON, at line {} column {}",
                error.line(),
                error.column()
            ),
            None => error.to_string(),
        })
}

/// A text without the byte order mark that some writers begin with.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// What stands where a value was expected, if it is a number in some languages.
fn not_a_number(text: &[u8], error: &serde_json::Error) -> Option<&'static str> {
    let line = text
        .split(|byte| *byte == b'\n')
        .nth(error.line().checked_sub(1)?)?;
    // The reader stops at the first character that does not fit, or one behind it.
    let column = error.column();
    let mut places = (column.saturating_sub(3)..=column).filter_map(|place| line.get(place..));
    places.find_map(|rest| {
        let words = ["-Infinity", "Infinity", "NaN"];
        words
            .into_iter()
            .find(|word| rest.starts_with(word.as_bytes()))
    })
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = access.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = access.next_key()? {
            let name = match key {
                Key::Member(name) => name,
                Key::Number => {
                    let digits: String = access.next_value()?;
                    let number = digits.parse().map_err(de::Error::custom)?;
                    return Ok(Value::Number(number));
                }
            };
            // It would be read as a number when it is read again.
            if name.starts_with(RESERVED) {
                return Err(de::Error::custom(format_args!("`{name}` is reserved")));
            }
            let Strict(value) = access.next_value()?;
            if members.contains_key(&name) {
                return Err(de::Error::custom(format_args!("`{name}` is given twice")));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

/// What names begin with that serde_json uses itself.
const RESERVED: &str = "$serde_json::";

/// With `arbitrary_precision` serde_json hands a number over as a map whose only value is its text.
enum Key {
    Member(String),
    Number,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The key of an object is some name; that of a number is a name whatever is asked for.
        deserializer.deserialize_option(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        String::deserialize(deserializer).map(Key::Member)
    }

    fn visit_str<E>(self, _: &str) -> Result<Key, E> {
        Ok(Key::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_stands_there() {
        let text = r#"{"b":[1,-2,0.5,null,true,"x"],"a":{"c":""}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(parse("\u{feff}[1]".as_bytes()).unwrap().to_string(), "[1]");
        assert!(parse("\u{feff}\u{feff}[1]".as_bytes()).is_err());
    }

    #[test]
    fn numbers_that_json_does_not_have_are_named() {
        for (text, expected) in [
            (
                r#"{"a":NaN}"#,
                "NaN is not a number of JSON, at line 1 column ",
            ),
            (
                "{\n\"a\": [1, -Infinity]}",
                "-Infinity is not a number of JSON, at line 2 column ",
            ),
            (
                r#"{"a":Infinity}"#,
                "Infinity is not a number of JSON, at line 1 column ",
            ),
            (r#"{"a":nan}"#, "expected"),
            (r#"{"a":"NaN" x}"#, "expected"),
            (r#"{"a":"#, "EOF while parsing"),
        ] {
            let reason = parse(text.as_bytes()).unwrap_err();
            assert!(reason.starts_with(expected), "{text}: {reason}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        for text in [
            "12345678901234567890123",
            "-9223372036854775809",
            "18446744073709551615",
            "0.12345678901234567890",
            "1.10",
            "-0",
            "-0.0",
            "1e+5",
            "1e+400",
            "0.00001",
            "10000000000000000000000000000000000000000",
            "2.5e-400",
            "100000000000000000000.00000000000000000001",
        ] {
            let value = parse(text.as_bytes()).unwrap();
            assert_eq!(value.to_string(), text);
            let inside = format!(r#"{{"a":[{text},{{"b":{text}}}]}}"#);
            assert_eq!(parse(inside.as_bytes()).unwrap().to_string(), inside);
        }
        for text in ["01", "+1", ".5", "1.", "1e", "NaN", "-", "0x10"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_object_is_never_taken_for_a_number() {
        for text in [
            r#"{"$serde_json::private::Number":"5"}"#,
            r#"[{"\u0024serde_json::private::Number":"5"}]"#,
        ] {
            let refused = parse(text.as_bytes()).unwrap_err();
            assert!(refused.contains("is reserved"), "{refused}");
        }
        let text = r#"{"":1,"$":{"$serde":"5"}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn a_member_given_twice_is_refused_at_any_depth() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"p":{"f":[],"f":[]}}"#,
            r#"[{"a":1,"a":1}]"#,
        ] {
            assert!(
                parse(text.as_bytes()).unwrap_err().contains("given twice"),
                "{text}"
            );
        }
        assert!(parse(b"{\"a\":1} x").is_err());
        assert!(parse(b"").is_err());
    }
}
