//! All scrapes of this server, as they are stored, and their triggers.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;
use tracing::error;

use super::SOURCE;
use crate::engine::seam::{Trigger, TriggerKind};
use crate::engine::store::StoreError;
use crate::systems::prediction::scrape::{Scrape, read_scrape};
use crate::systems::prediction::store::{Defined, PredictionStore, StoredDefinition};

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Book(Arc<Inner>);

struct Inner {
    stored: RwLock<BTreeMap<String, Entry>>,
    store: PredictionStore,
    changes: watch::Sender<()>,
}

/// A scrape that is stored.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub definition: StoredDefinition,
    /// `None`: another version of the program has stored it.
    pub scrape: Option<Arc<Scrape>>,
}

impl Book {
    pub(super) fn new(store: PredictionStore) -> Self {
        Self(Arc::new(Inner {
            stored: RwLock::default(),
            store,
            changes: watch::Sender::new(()),
        }))
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }

    /// By name.
    pub(crate) fn all(&self) -> BTreeMap<String, Entry> {
        let stored = self.0.stored.read();
        stored.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn find(&self, name: &str) -> Option<Entry> {
        let stored = self.0.stored.read();
        let stored = stored.unwrap_or_else(PoisonError::into_inner);
        stored.get(name).cloned()
    }

    /// Reads those that are stored, also by other processes.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        let found = self.0.store.definitions(Defined::Scrape).all().await?;
        let before = self.all();
        let is_known = |found: &StoredDefinition| {
            let known = before.get(&found.name);
            known.is_some_and(|known| known.definition.version == found.version)
        };
        if found.len() == before.len() && found.iter().all(is_known) {
            return Ok(());
        }
        let entries = found.into_iter().map(|found| {
            let known = before.get(&found.name);
            let known = known.filter(|known| known.definition.version == found.version);
            let entry = known.cloned().unwrap_or_else(|| Entry::of(found));
            (entry.definition.name.clone(), entry)
        });
        let entries = entries.collect();
        let stored = self.0.stored.write();
        *stored.unwrap_or_else(PoisonError::into_inner) = entries;
        self.0.changes.send_replace(());
        Ok(())
    }
}

impl Entry {
    /// It was checked before it was stored.
    pub(super) fn of(definition: StoredDefinition) -> Self {
        let scrape = match read_scrape(definition.text.as_bytes()) {
            Ok(scrape) => Some(Arc::new(scrape)),
            Err(faults) => {
                let fault = faults.first().map(ToString::to_string);
                let scrape = definition.name.as_str();
                error!(
                    scrape,
                    fault, "a stored scrape has a fault; it does not run"
                );
                None
            }
        };
        Self { definition, scrape }
    }

    /// `None`: it runs when somebody asks for it.
    pub(crate) fn trigger(&self) -> Option<Trigger> {
        let schedule = self.scrape.as_ref()?.schedule.as_ref()?;
        Some(Trigger {
            id: trigger_id(&self.definition.name),
            digest: schedule.digest.clone(),
            kind: TriggerKind::Cron {
                cron: schedule.cron.clone(),
                jitter: schedule.jitter,
                rule: schedule.rule,
            },
            overlap: schedule.overlap,
            is_paused: schedule.is_paused,
        })
    }
}

/// The id of a scrape's trigger.
pub(crate) fn trigger_id(name: &str) -> String {
    format!("{SOURCE}/{name}")
}
