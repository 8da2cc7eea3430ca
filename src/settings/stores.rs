//! `database`, `sources`, `outputs`: where things are read and kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Entries by the name that requests use.
pub type ByName<T> = BTreeMap<String, T>;

/// The engine's own database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// One source: a connection and the tables that may be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    pub url: String,
    #[serde(default)]
    pub tables: ByName<TableSettings>,
}

/// One table of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableSettings {
    /// What the columns are called, where that differs from the usual names.
    pub columns: BTreeMap<ColumnRole, String>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    Id,
    SId,
    SAreaId,
    Author,
    Title,
    Content,
    PostTime,
}

/// One output: without a URL it is the engine's own database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSettings {
    pub url: Option<String>,
}
