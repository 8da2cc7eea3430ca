//! `database`: where the engine keeps its tables.

use serde::Deserialize;

use super::Problems;
use crate::database_url::{Use, check_url, leaves_open, shown};

/// What may be shown of the URL of a database: its path, or its server and its name.
pub fn shown_url(url: &str) -> String {
    shown(url)
}

/// Whether PostgreSQL would take the name of the user for that of the database.
pub fn leaves_database_open(url: &str) -> bool {
    leaves_open(url)
}

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

impl DatabaseSettings {
    pub(super) fn check(&self, database: &mut Problems<'_>) {
        if let Err(error) = check_url(&self.url, Use::Write) {
            database.add("url", error.to_string());
        }
    }
}
