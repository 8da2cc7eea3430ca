//! Values of a mapping that have several forms: a text or a mapping, a text or a list, a number or a text.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use super::written::{
    ChosenSheet, Ordered, StartMapping, Within, WrittenBound, WrittenLevel, WrittenPath,
    WrittenSheet, WrittenSkip, WrittenStart, WrittenUnit, WrittenValue,
};
use crate::systems::prediction::import::values::{Bound, Pattern, Unit};

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// Reads a text by one function, a mapping by another.
macro_rules! text_or_mapping {
    ($type:ty, $expected:literal, $text:expr, $mapping:ty, $of_mapping:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;

                impl<'de> Visitor<'de> for Either {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$type, E> {
                        let read: fn(&str) -> Result<$type, String> = $text;
                        read(text).map_err(E::custom)
                    }

                    /// A name such as `2020` needs no quotes.
                    fn visit_u64<E: Error>(self, number: u64) -> Result<$type, E> {
                        self.visit_str(&number.to_string())
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        let written = <$mapping>::deserialize(MapAccessDeserializer::new(map))?;
                        let read: fn($mapping) -> $type = $of_mapping;
                        Ok(read(written))
                    }
                }

                deserializer.deserialize_any(Either)
            }
        }
    };
}

text_or_mapping!(
    WrittenSheet,
    "a part of the sheet's name, or a mapping with `regex` or `index`",
    |text| Ok(WrittenSheet::Named(text.to_owned())),
    ChosenSheet,
    WrittenSheet::Chosen
);

text_or_mapping!(
    WrittenStart,
    "the text of the first heading, or a mapping with `text` and `nth`",
    |text| Ok(WrittenStart {
        text: text.to_owned(),
        nth: 1
    }),
    StartMapping,
    |start| WrittenStart {
        text: start.text,
        nth: start.nth.unwrap_or(1)
    }
);

text_or_mapping!(
    WrittenSkip,
    "a regular expression, or a mapping of columns to regular expressions",
    |text| Pattern::new(text).map(WrittenSkip::Any),
    Ordered<Pattern>,
    WrittenSkip::Columns
);

/// With `spread` it spreads; what it lacks is reported for the other form.
impl<'de> Deserialize<'de> for WrittenLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Level;

        impl<'de> Visitor<'de> for Level {
            type Value = WrittenLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping with `name` and `type`, or with `spread`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenLevel, A::Error> {
                let Some(first) = map.next_key::<String>()? else {
                    return Err(A::Error::custom(
                        "the level is empty; expected `name` and `type`, or `spread`",
                    ));
                };
                if first != "spread" {
                    let map = Continued {
                        first: Some(first),
                        rest: map,
                    };
                    let value = WrittenValue::deserialize(MapAccessDeserializer::new(map))?;
                    return Ok(WrittenLevel::Named(Box::new(value)));
                }
                let spread = map.next_value()?;
                match map.next_key::<String>()? {
                    Some(key) => Err(A::Error::unknown_field(&key, &["spread"])),
                    None => Ok(WrittenLevel::Spread(spread)),
                }
            }
        }

        deserializer.deserialize_map(Level)
    }
}

/// A mapping whose first key has been looked at.
struct Continued<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Continued<A> {
    type Error = A::Error;

    fn next_key_seed<S: serde::de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        use serde::de::IntoDeserializer;
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<S: serde::de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

impl<'de> Deserialize<'de> for WrittenPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Levels;

        impl<'de> Visitor<'de> for Levels {
            type Value = WrittenPath;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a heading, its levels joined by `/`, or a list of them")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<WrittenPath, E> {
                Ok(WrittenPath(text.split('/').map(str::to_owned).collect()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<WrittenPath, E> {
                Ok(WrittenPath(vec![number.to_string()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<WrittenPath, A::Error> {
                let mut levels = Vec::new();
                while let Some(level) = list.next_element()? {
                    levels.push(level);
                }
                Ok(WrittenPath(levels))
            }
        }

        deserializer.deserialize_any(Levels)
    }
}

impl<'de> Deserialize<'de> for WrittenUnit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let unit = Unit::parse(&text);
        unit.map(WrittenUnit).ok_or_else(|| {
            D::Error::custom(format!(
                "unknown unit `{text}`; expected one such as 円, 千円, 百万円, 人, 件, %, kg or ㎡"
            ))
        })
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Within<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number<const MIN: u32, const MAX: u32>;

        impl<const MIN: u32, const MAX: u32> Visitor<'_> for Number<MIN, MAX> {
            type Value = Within<MIN, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {MIN} to {MAX}")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                let within = u32::try_from(number)
                    .ok()
                    .filter(|number| (MIN..=MAX).contains(number));
                within
                    .map(Within)
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
            }
        }

        deserializer.deserialize_any(Number::<MIN, MAX>)
    }
}

impl<'de> Deserialize<'de> for WrittenBound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Bound;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a date such as 2020-04-01")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Bound, E> {
                Ok(Bound::Number(number as f64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Bound, E> {
                Ok(Bound::Number(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Bound, E> {
                Ok(Bound::Number(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Bound, E> {
                Ok(Bound::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Either).map(WrittenBound)
    }
}
