//! Brokers as they stand in a file: a section, and in it servers as a list, or as one text with commas
//! between them.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::BrokerSettings;

/// For `deserialize_with`. A section that is there and has nothing in it lacks its servers, and does not
/// mean that there is no broker.
pub(super) fn broker<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BrokerSettings>, D::Error> {
    let broker = Option::<BrokerSettings>::deserialize(deserializer)?;
    Ok(Some(broker.unwrap_or_default()))
}

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
