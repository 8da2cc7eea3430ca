//! The databases that rows may go to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::error::WriteError;
use crate::settings::Loaded;
use crate::systems::prediction::settings::PredictionSettings;
use crate::tables::{Database, UrlError};

/// How long a server may hear nothing within a transaction: longer than a file may be read.
const SILENCE_MAX: Duration = Duration::from_secs(600);

/// The outputs of the settings, by name, and the engine's database. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Destination {
    engine: Arc<Result<Database, UrlError>>,
    outputs: Arc<BTreeMap<String, Result<Database, UrlError>>>,
}

impl Destination {
    /// Touches nothing yet. What is wrong with a URL is said where it is used.
    pub(crate) fn of(loaded: &Loaded) -> Self {
        let engine = &loaded.settings.database.url;
        let open = |url: &str| Database::of_url(url, SILENCE_MAX);
        let outputs = loaded.system::<PredictionSettings>().outputs;
        let outputs = outputs.into_iter().map(|(name, output)| {
            let database = open(output.url.as_ref().unwrap_or(engine));
            (name, database)
        });
        Self {
            engine: Arc::new(open(engine)),
            outputs: Arc::new(outputs.collect()),
        }
    }

    /// The database of this name; `None`: the engine's.
    pub(crate) fn find(&self, name: Option<&str>) -> Result<&Database, WriteError> {
        let found = match name {
            None => &*self.engine,
            Some(name) => self.outputs.get(name).ok_or_else(|| {
                let known = self.outputs.keys().map(String::as_str);
                WriteError::UnknownOutput {
                    name: name.to_owned(),
                    known: match known.clone().next() {
                        None => "there are none".to_owned(),
                        Some(_) => known.collect::<Vec<_>>().join(", "),
                    },
                }
            })?,
        };
        found.as_ref().map_err(|error| WriteError::BadUrl {
            reason: error.to_string(),
        })
    }
}
