//! Servers as they stand in a file: a list, or one text with commas between them.

use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};

/// For `deserialize_with`.
pub(super) fn servers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(Servers)
}

struct Servers;

impl<'de> Visitor<'de> for Servers {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of servers, or a text with commas between them")
    }

    /// Reported as missing.
    fn visit_unit<E: de::Error>(self) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
        let servers = text.split(',').map(|server| server.trim().to_owned());
        Ok(servers.collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut servers = Vec::new();
        while let Some(server) = list.next_element()? {
            servers.push(server);
        }
        Ok(servers)
    }
}
