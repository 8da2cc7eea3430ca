//! The sources of the settings, by name, with the tables that may be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ColumnNames, Source, Zone};

/// Clones share the sources.
#[derive(Clone, Default)]
pub struct Sources(Arc<BTreeMap<String, SourceEntry>>);

/// One source and what may be read of it.
#[derive(Clone)]
pub struct SourceEntry {
    pub source: Source,
    /// `None`: none was set, which means UTC.
    pub zone: Option<Zone>,
    pub tables: BTreeMap<String, ColumnNames>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSource {
    #[error("source `{name}` is not in the settings; known are: {known}")]
    Source { name: String, known: String },
    #[error("table `{table}` of source `{source_name}` is not in the settings; known are: {known}")]
    Table {
        source_name: String,
        table: String,
        known: String,
    },
}

impl Sources {
    pub fn get(&self, name: &str) -> Result<Source, UnknownSource> {
        self.entry(name).map(|entry| entry.source.clone())
    }

    /// The time zone of a source, if one was set.
    pub fn zone(&self, name: &str) -> Result<Option<Zone>, UnknownSource> {
        self.entry(name).map(|entry| entry.zone)
    }

    /// The columns of a table that may be read.
    pub fn table(&self, source: &str, table: &str) -> Result<ColumnNames, UnknownSource> {
        let entry = self.entry(source)?;
        entry
            .tables
            .get(table)
            .cloned()
            .ok_or_else(|| UnknownSource::Table {
                source_name: source.to_owned(),
                table: table.to_owned(),
                known: names(entry.tables.keys()),
            })
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &SourceEntry)> {
        self.0.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    fn entry(&self, name: &str) -> Result<&SourceEntry, UnknownSource> {
        self.0.get(name).ok_or_else(|| UnknownSource::Source {
            name: name.to_owned(),
            known: names(self.0.keys()),
        })
    }
}

fn names<'a>(keys: impl Iterator<Item = &'a String>) -> String {
    keys.cloned().collect::<Vec<_>>().join(", ")
}

impl FromIterator<(String, SourceEntry)> for Sources {
    fn from_iter<I: IntoIterator<Item = (String, SourceEntry)>>(sources: I) -> Self {
        Self(Arc::new(sources.into_iter().collect()))
    }
}
