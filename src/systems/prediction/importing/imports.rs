//! Imports and mappings of this server.

use std::sync::Arc;

use entity::import;

use super::error::ImportsError;
use crate::engine::seam::{StepError, blocking};
use crate::engine::store::Store;
use crate::settings::Loaded;
use crate::systems::prediction::import::{
    Limits, Lint, Mapping, Preview, PreviewLimits, SheetCells, Window, cells, lint, preview,
    read_mapping, suggest,
};
use crate::systems::prediction::settings::{ImportsSection, PredictionSettings};
use crate::systems::prediction::store::{
    Defined, Definitions, Expected, PredictionStore, Put, StoredDefinition,
};
use crate::systems::prediction::writing::{Destination, TableFate};

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Imports {
    pub(super) store: PredictionStore,
    pub(super) destination: Destination,
    pub(super) section: ImportsSection,
}

/// A mapping that was read.
#[derive(Clone, Debug)]
pub(crate) struct ChosenMapping {
    /// `None`: it is none of those that are stored.
    pub version: Option<i32>,
    /// YAML.
    pub text: String,
    pub mapping: Arc<Mapping>,
}

impl Imports {
    /// Touches no database yet.
    pub(crate) fn of(loaded: &Loaded, store: Store) -> Self {
        Self {
            store: PredictionStore::new(store),
            destination: Destination::of(loaded),
            section: loaded.system::<PredictionSettings>().imports,
        }
    }

    pub(crate) fn store(&self) -> &PredictionStore {
        &self.store
    }

    pub(crate) fn mappings(&self) -> Definitions<'_> {
        self.store.definitions(Defined::Mapping)
    }

    pub(crate) fn limits(&self) -> Limits {
        self.section.limits()
    }

    /// The stored mapping of this name, or the one that this text is: names have no line breaks and no
    /// colons.
    pub(crate) async fn choose(&self, given: &str) -> Result<ChosenMapping, ImportsError> {
        if given.contains(['\n', ':']) {
            return written(given);
        }
        let name = given.trim();
        match self.mappings().find(name).await? {
            Some(found) => stored(found),
            None => {
                let known = self.mappings().all().await?;
                let known: Vec<String> = known.into_iter().map(|known| known.name).collect();
                Err(ImportsError::UnknownMapping {
                    name: name.to_owned(),
                    known: match known.is_empty() {
                        true => "there are none".to_owned(),
                        false => known.join(", "),
                    },
                })
            }
        }
    }

    pub(crate) async fn mapping(&self, name: &str) -> Result<StoredDefinition, ImportsError> {
        let found = self.mappings().find(name).await?;
        found.ok_or_else(|| ImportsError::NoMapping(name.to_owned()))
    }

    /// Stores a mapping under its name; `true`: there was none.
    pub(crate) async fn put(
        &self,
        name: &str,
        text: &str,
        by: &str,
        expected: Expected,
    ) -> Result<(StoredDefinition, bool), ImportsError> {
        let read = written(text)?;
        if read.mapping.name != name {
            return Err(ImportsError::OtherName {
                expected: name.to_owned(),
                found: read.mapping.name.clone(),
            });
        }
        match self.mappings().put(name, text, by, expected).await? {
            Put::Stored { definition, is_new } => Ok((definition, is_new)),
            Put::Changed => Err(ImportsError::Changed(name.to_owned())),
        }
    }

    /// Removes a mapping. Imports that were made with it stay, with its text.
    pub(crate) async fn forget(
        &self,
        name: &str,
        by: &str,
        expected: Expected,
    ) -> Result<(), ImportsError> {
        self.mapping(name).await?;
        match self.mappings().remove(name, by, expected).await? {
            true => Ok(()),
            false => Err(ImportsError::Changed(name.to_owned())),
        }
    }

    pub(crate) async fn preview(
        &self,
        name: String,
        bytes: Arc<[u8]>,
        mapping: Arc<Mapping>,
        shown: PreviewLimits,
    ) -> Result<Preview, ImportsError> {
        let limits = self.limits();
        apart(move || preview(&name, &bytes, &mapping, limits, shown)).await
    }

    pub(crate) async fn cells(
        &self,
        name: String,
        bytes: Arc<[u8]>,
        encoding: Option<String>,
        window: Window,
    ) -> Result<SheetCells, ImportsError> {
        let limits = self.limits();
        apart(move || cells(&name, &bytes, encoding.as_deref(), limits, &window)).await
    }

    pub(crate) async fn suggest(
        &self,
        name: String,
        bytes: Arc<[u8]>,
        encoding: Option<String>,
    ) -> Result<String, ImportsError> {
        let limits = self.limits();
        apart(move || suggest(&name, &bytes, encoding.as_deref(), limits)).await
    }

    pub(crate) async fn lint(
        &self,
        name: String,
        bytes: Arc<[u8]>,
        encoding: Option<String>,
    ) -> Result<Lint, ImportsError> {
        let limits = self.limits();
        apart(move || lint(&name, &bytes, encoding.as_deref(), limits)).await
    }

    /// Removes an import with its rows and problems; returns how many rows there were.
    pub(crate) async fn remove(&self, import: &import::Model) -> Result<u64, ImportsError> {
        let destination = self.destination.clone();
        let (output, id) = (import.output.clone(), import.id.clone());
        let tables: Vec<TableFate> = serde_json::from_str(&import.tables)?;
        let removed = blocking(move || {
            let tables: Vec<&str> = tables.iter().map(|table| table.into.as_str()).collect();
            Ok(destination.remove_rows(output.as_deref(), &id, &tables))
        });
        let removed = removed.await.map_err(ImportsError::ThreadLost)??;
        self.store.remove_import(&import.id).await?;
        Ok(removed)
    }
}

/// A mapping of a caller's.
pub(crate) fn written(text: &str) -> Result<ChosenMapping, ImportsError> {
    let mapping = read_mapping(text.as_bytes()).map_err(ImportsError::Faults)?;
    Ok(ChosenMapping {
        version: None,
        text: text.to_owned(),
        mapping: Arc::new(mapping),
    })
}

fn stored(found: StoredDefinition) -> Result<ChosenMapping, ImportsError> {
    Ok(ChosenMapping {
        version: Some(found.version),
        ..written(&found.text)?
    })
}

/// Reads a file where no futures are run.
async fn apart<T: Send + 'static, E>(
    read: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, ImportsError>
where
    E: Send + 'static,
    ImportsError: From<E>,
{
    let read = blocking(move || Ok::<_, StepError>(read()));
    Ok(read.await.map_err(ImportsError::ThreadLost)??)
}
