//! The databases that prediction jobs read: sources of the settings, and those that are written to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::PredictionsError;
use crate::settings::Loaded;
use crate::sqlite::file_of;
use crate::systems::prediction::settings::{PredictionSettings, SourceUrl};
use crate::systems::prediction::writing::is_reserved;
use crate::tables::{Source, open_source};
use serde::{Deserialize, Serialize};

/// Where rows are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadFrom {
    /// As the settings name it.
    Source(String),
    /// An output, as the settings name it; `None`: the engine's database.
    Output(Option<String>),
}

/// Clones share them.
#[derive(Clone)]
pub(crate) struct Places(Arc<Urls>);

struct Urls {
    engine: String,
    sources: BTreeMap<String, SourceUrl>,
    outputs: BTreeMap<String, String>,
}

impl Places {
    /// Touches nothing yet.
    pub fn of(loaded: &Loaded) -> Self {
        let engine = loaded.settings.database.url.clone();
        let settings = loaded.system::<PredictionSettings>();
        let outputs = settings.outputs.into_iter().map(|(name, output)| {
            let url = output.url.unwrap_or_else(|| engine.clone());
            (name, url)
        });
        Self(Arc::new(Urls {
            outputs: outputs.collect(),
            sources: settings.sources,
            engine,
        }))
    }

    pub fn sources(&self) -> impl Iterator<Item = &String> {
        self.0.sources.keys()
    }

    pub fn outputs(&self) -> impl Iterator<Item = &String> {
        self.0.outputs.keys()
    }

    pub fn open(&self, from: &ReadFrom) -> Result<Arc<dyn Source>, PredictionsError> {
        Ok(open_source(self.url(from)?)?)
    }

    /// Whether a source has a table that may be read.
    pub fn check_table(&self, from: &ReadFrom, table: &str) -> Result<(), PredictionsError> {
        // Tables of the program hold what only some callers may see, in whatever database they are.
        if is_reserved(table) {
            return Err(PredictionsError::ReservedTable(table.to_owned()));
        }
        let ReadFrom::Source(name) = from else {
            return Ok(());
        };
        let tables = &self.source(name)?.tables;
        if tables.is_empty() || tables.contains_key(table) {
            return Ok(());
        }
        Err(PredictionsError::UnknownTable {
            source_name: name.clone(),
            table: table.to_owned(),
            known: listed(tables.keys()),
        })
    }

    /// Whether two of them are the same database, as far as their URLs say.
    pub fn are_same(&self, one: &ReadFrom, other: &ReadFrom) -> bool {
        let place = |from| self.url(from).ok().and_then(database_of);
        one == other || place(one).is_some_and(|one| Some(one) == place(other))
    }

    fn url(&self, from: &ReadFrom) -> Result<&str, PredictionsError> {
        match from {
            ReadFrom::Source(name) => Ok(&self.source(name)?.url),
            ReadFrom::Output(None) => Ok(&self.0.engine),
            ReadFrom::Output(Some(name)) => {
                let url = self.0.outputs.get(name);
                let url = url.ok_or_else(|| PredictionsError::UnknownOutput {
                    name: name.clone(),
                    known: listed(self.outputs()),
                });
                Ok(url?)
            }
        }
    }

    fn source(&self, name: &str) -> Result<&SourceUrl, PredictionsError> {
        let source = self.0.sources.get(name);
        source.ok_or_else(|| PredictionsError::UnknownSource {
            name: name.to_owned(),
            known: listed(self.sources()),
        })
    }
}

pub(super) fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names = names.into_iter();
    let names: Vec<String> = names.map(|name| name.as_ref().to_owned()).collect();
    match names.is_empty() {
        true => "there are none".to_owned(),
        false => names.join(", "),
    }
}

/// What tells databases apart, whoever opens them.
#[derive(Debug, PartialEq, Eq)]
enum DatabasePlace {
    File(PathBuf),
    Server {
        host: String,
        port: u16,
        database: String,
    },
}

fn database_of(url: &str) -> Option<DatabasePlace> {
    if let Some(path) = file_of(url) {
        let path = std::path::absolute(&path).unwrap_or(path);
        return Some(DatabasePlace::File(path.canonicalize().unwrap_or(path)));
    }
    let (scheme, rest) = url.split_once("://")?;
    let usual = match scheme {
        "postgres" | "postgresql" => 5432,
        "mysql" | "mariadb" => 3306,
        _ => return None,
    };
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let server = authority
        .rsplit_once('@')
        .map_or(authority, |(_, server)| server);
    let (host, port) = server.rsplit_once(':').unwrap_or((server, ""));
    // A socket may stand among the options.
    let option = |name: &str| {
        let mut options = options
            .split('&')
            .filter_map(|option| option.split_once('='));
        options
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    let socket = || option("host").or_else(|| option("socket"));
    let host = Some(host).filter(|host| !host.is_empty()).or_else(socket);
    Some(DatabasePlace::Server {
        host: host.unwrap_or_default().to_lowercase(),
        port: port.parse().unwrap_or(usual),
        database: database.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_urls_of_one_database_are_the_same() {
        let same = |one: &str, other: &str| {
            let one = database_of(one);
            one.is_some() && one == database_of(other)
        };
        assert!(same(
            "postgres://a@db/x",
            "postgresql://b:c@DB:5432/x?sslmode=disable"
        ));
        assert!(same("mysql://a@db/x", "mariadb://db:3306/x"));
        assert!(same(
            "postgres:///x?host=/run/pg",
            "postgres://a@/x?host=/run/pg"
        ));
        assert!(!same("postgres://db/x", "postgres://db/y"));
        assert!(!same("postgres://db:1/x", "postgres://db:2/x"));
        assert!(!same("csv:a", "csv:a"));
    }

    #[test]
    fn a_file_is_the_same_however_it_is_spelled() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db");
        std::fs::write(&file, "").unwrap();
        let one = format!("sqlite:{}", file.display());
        let other = format!("sqlite://{}/./a.db?mode=ro", folder.path().display());
        assert_eq!(database_of(&one), database_of(&other));
    }
}
