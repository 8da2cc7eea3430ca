//! `database`: where the engine keeps its tables.

use serde::Deserialize;

/// The engine's own database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    pub url: String,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: "sqlite://data/audience.db".to_owned(),
        }
    }
}
