//! Scrapes of this server.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate};

use super::book::{Book, Entry};
use super::error::ScrapesError;
use super::lease::StoreLease;
use super::params::StoredText;
use crate::clock;
use crate::fetch::AllowedHosts;
use crate::files::Files;
use crate::secrets::Secrets;
use crate::settings::Loaded;
use crate::systems::Platform;
use crate::systems::prediction::import::{Mapping, MappingFault, read_mapping};
use crate::systems::prediction::scrape::{Plan, RunSecrets, Web, read_scrape};
use crate::systems::prediction::settings::{PredictionSettings, ScrapeSection};
use crate::systems::prediction::store::{
    Defined, Definitions, Expected, PredictionStore, Put, StoredDefinition,
};
use crate::systems::prediction::writing::Destination;

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Scrapes(Arc<Shared>);

pub(super) struct Shared {
    pub store: PredictionStore,
    pub destination: Destination,
    pub section: ScrapeSection,
    /// Of one run that are kept.
    pub problems_max: usize,
    pub web: Web,
    pub secrets: Secrets,
    /// Where pages are kept.
    pub files: Files,
    pub book: Book,
}

/// A scrape that was read, with the mapping that it needs.
#[derive(Clone, Debug)]
pub(crate) struct ChosenScrape {
    pub scrape: StoredText,
    pub mapping: Option<StoredText>,
    pub plan: Arc<Plan>,
}

impl Scrapes {
    /// Touches no database and no site yet.
    pub(crate) fn of(loaded: &Loaded, platform: &Platform) -> Result<Self, ScrapesError> {
        let settings: PredictionSettings = loaded.system();
        let store = PredictionStore::new(platform.store.clone());
        // Faults were found when the settings were read.
        let allowed = AllowedHosts::read(&settings.scrape.allow).unwrap_or_default();
        let lease = Arc::new(StoreLease::new(store.clone()));
        let problems_max = settings.imports.problems_max;
        Ok(Self(Arc::new(Shared {
            book: Book::new(store.clone()),
            store,
            destination: Destination::of(loaded),
            problems_max: usize::try_from(problems_max).unwrap_or(usize::MAX),
            web: Web::new(allowed, lease).map_err(ScrapesError::Client)?,
            section: settings.scrape,
            secrets: Secrets::of_environment(),
            files: platform.kept_files.clone(),
        })))
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) fn store(&self) -> &PredictionStore {
        &self.0.store
    }

    pub(crate) fn definitions(&self) -> Definitions<'_> {
        self.0.store.definitions(Defined::Scrape)
    }

    pub(crate) fn book(&self) -> &Book {
        &self.0.book
    }

    /// The stored scrape of this name, or the one that this text is.
    pub(crate) async fn choose(&self, given: &str) -> Result<ChosenScrape, ScrapesError> {
        choose(&self.0.store, given).await
    }

    /// The scrape that this text is.
    pub(crate) async fn read(&self, text: &str) -> Result<ChosenScrape, ScrapesError> {
        written(&self.0.store, text).await
    }

    /// The stored scrape of a path.
    pub(crate) async fn named(&self, name: &str) -> Result<ChosenScrape, ScrapesError> {
        let found = self.definitions().find(name).await?;
        let found = found.ok_or_else(|| ScrapesError::NoScrape(name.to_owned()))?;
        stored(&self.0.store, found).await
    }

    /// Stores a scrape under its name; `true`: there was none. From now on it runs as it says.
    pub(crate) async fn put(
        &self,
        name: &str,
        text: &str,
        by: &str,
        expected: Expected,
    ) -> Result<(Entry, bool), ScrapesError> {
        let chosen = written(&self.0.store, text).await?;
        if chosen.scrape.name != name {
            return Err(ScrapesError::OtherName {
                expected: name.to_owned(),
                found: chosen.scrape.name,
            });
        }
        let output = chosen.plan.scrape.output.as_deref();
        self.0.destination.find(output)?;
        let put = self.definitions().put(name, text, by, expected).await?;
        let Put::Stored { definition, is_new } = put else {
            return Err(ScrapesError::Changed(name.to_owned()));
        };
        self.0.store.begin_scrape(name).await?;
        self.0.book.look().await?;
        Ok((Entry::of(definition), is_new))
    }

    /// Removes a scrape. Its rows and runs stay.
    pub(crate) async fn forget(
        &self,
        name: &str,
        by: &str,
        expected: Expected,
    ) -> Result<(), ScrapesError> {
        if self.definitions().find(name).await?.is_none() {
            return Err(ScrapesError::NoScrape(name.to_owned()));
        }
        if !self.definitions().remove(name, by, expected).await? {
            return Err(ScrapesError::Changed(name.to_owned()));
        }
        self.0.store.end_scrape(name).await?;
        self.0.book.look().await?;
        Ok(())
    }

    /// The values of the secrets that it names, or the name of one that is not set.
    pub(super) fn secrets(&self, plan: &Plan) -> Result<RunSecrets, String> {
        let value = |name: &str| self.0.secrets.get(name).map(str::to_owned);
        let resolved = RunSecrets::resolve(plan.scrape.secrets(), &value);
        resolved.map_err(|error| error.to_string())
    }
}

impl ChosenScrape {
    /// The day that it is for it now.
    pub(crate) fn today(&self) -> NaiveDate {
        let now = clock::now_micros();
        match &self.plan.scrape.schedule {
            Some(schedule) => schedule.day(now),
            None => {
                let now = DateTime::from_timestamp_micros(now).unwrap_or_default();
                now.date_naive()
            }
        }
    }
}

/// The stored scrape of this name, or the one that this text is: names have no line breaks and no colons.
async fn choose(store: &PredictionStore, given: &str) -> Result<ChosenScrape, ScrapesError> {
    if given.contains(['\n', ':']) {
        return written(store, given).await;
    }
    let name = given.trim();
    let definitions = store.definitions(Defined::Scrape);
    match definitions.find(name).await? {
        Some(found) => stored(store, found).await,
        None => {
            let known = definitions.all().await?;
            let known: Vec<String> = known.into_iter().map(|known| known.name).collect();
            Err(ScrapesError::UnknownScrape {
                name: name.to_owned(),
                known: match known.is_empty() {
                    true => "there are none".to_owned(),
                    false => known.join(", "),
                },
            })
        }
    }
}

/// A scrape of a caller's.
async fn written(store: &PredictionStore, text: &str) -> Result<ChosenScrape, ScrapesError> {
    let scrape = read_scrape(text.as_bytes()).map_err(ScrapesError::Faults)?;
    let mapping = match scrape.mapping() {
        None => None,
        Some(name) => store.definitions(Defined::Mapping).find(name).await?,
    };
    let read = mapping.as_ref().map(read_stored_mapping).transpose()?;
    let name = scrape.name.clone();
    let plan = Plan::new(scrape, read).map_err(ScrapesError::Misfits)?;
    Ok(ChosenScrape {
        scrape: StoredText {
            name,
            version: None,
            text: text.to_owned(),
        },
        mapping: mapping.map(|mapping| StoredText {
            name: mapping.name,
            version: Some(mapping.version),
            text: mapping.text,
        }),
        plan: Arc::new(plan),
    })
}

async fn stored(
    store: &PredictionStore,
    found: StoredDefinition,
) -> Result<ChosenScrape, ScrapesError> {
    let mut chosen = written(store, &found.text).await?;
    chosen.scrape.version = Some(found.version);
    Ok(chosen)
}

/// It was checked before it was stored, perhaps by another version of the program.
fn read_stored_mapping(mapping: &StoredDefinition) -> Result<Mapping, ScrapesError> {
    read_mapping(mapping.text.as_bytes()).map_err(|faults| ScrapesError::Mapping {
        name: mapping.name.clone(),
        reason: faults.first().map(ToString::to_string).unwrap_or_default(),
    })
}

/// What a job stored, read again.
pub(super) fn plan_of(scrape: &StoredText, mapping: Option<&StoredText>) -> Result<Plan, String> {
    let first = |faults: Vec<MappingFault>| {
        let fault = faults.first();
        fault.map(ToString::to_string).unwrap_or_default()
    };
    let read = read_scrape(scrape.text.as_bytes()).map_err(first)?;
    let mapping = mapping.map(|mapping| read_mapping(mapping.text.as_bytes()));
    let mapping = mapping.transpose().map_err(first)?;
    Plan::new(read, mapping).map_err(|misfits| misfits.join("; "))
}
