//! Finds the line on which a value of a YAML text stands.
//!
//! The parser tells a position only with an error, so we walk to the value and refuse it there.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One step on the way from the document to a value in it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'s> {
    /// The value of this key.
    Key(&'s str),
    /// The entry with this number; as the last step, its key.
    Entry(usize),
    /// The element with this number.
    Element(usize),
}

/// The line of the value that `steps` lead to, `None` if there is no such value.
pub(super) fn line_of(text: &str, steps: &[Step<'_>]) -> Option<usize> {
    let refused = Walk { steps }.deserialize(yaml_serde::Deserializer::from_str(text));
    Some(refused.err()?.location()?.line())
}

/// Follows the steps; where none is left, it has no way to accept what stands there.
struct Walk<'s> {
    steps: &'s [Step<'s>],
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("to be stopped here")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Some((Step::Element(wanted), steps)) = self.steps.split_first() else {
            return Err(refused());
        };
        for _ in 0..*wanted {
            elements.next_element::<IgnoredAny>()?;
        }
        elements.next_element_seed(Walk { steps })?;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        match self.steps.split_first() {
            Some((Step::Key(wanted), steps)) => {
                while let Some(key) = entries.next_key::<String>()? {
                    if key == *wanted {
                        return entries.next_value_seed(Walk { steps });
                    }
                    entries.next_value::<IgnoredAny>()?;
                }
                Ok(())
            }
            Some((Step::Entry(wanted), steps)) => {
                for _ in 0..*wanted {
                    entries.next_entry::<IgnoredAny, IgnoredAny>()?;
                }
                if steps.is_empty() {
                    entries.next_key_seed(Walk { steps })?;
                    return Ok(());
                }
                entries.next_key::<IgnoredAny>()?;
                entries.next_value_seed(Walk { steps })
            }
            Some((Step::Element(_), _)) | None => Err(refused()),
        }
    }
}

fn refused<E: serde::de::Error>() -> E {
    E::custom("stopped here")
}
