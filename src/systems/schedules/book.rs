//! All schedules of this server: those of its settings, and those that were put.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use entity::schedule;
use tokio::sync::watch;
use tracing::error;

use super::definition::Schedule;
use super::store::ScheduleStore;
use crate::engine::store::StoreError;

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Book(Arc<Inner>);

struct Inner {
    settings: BTreeMap<String, Arc<Schedule>>,
    stored: RwLock<BTreeMap<String, Arc<Schedule>>>,
    store: ScheduleStore,
    changes: watch::Sender<()>,
}

impl Book {
    pub(crate) fn new(settings: BTreeMap<String, Arc<Schedule>>, store: ScheduleStore) -> Self {
        Self(Arc::new(Inner {
            settings,
            stored: RwLock::default(),
            store,
            changes: watch::Sender::new(()),
        }))
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }

    /// By name. Those of the settings take precedence.
    pub(crate) fn all(&self) -> BTreeMap<String, Arc<Schedule>> {
        let mut all = self.stored();
        all.extend(self.0.settings.clone());
        all
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<Schedule>> {
        let of_settings = self.0.settings.get(name).cloned();
        of_settings.or_else(|| self.stored().get(name).cloned())
    }

    pub(crate) fn is_of_settings(&self, name: &str) -> bool {
        self.0.settings.contains_key(name)
    }

    fn stored(&self) -> BTreeMap<String, Arc<Schedule>> {
        let stored = self.0.stored.read();
        stored.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads those that were put, also by other processes.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        let rows = self.0.store.all().await?;
        let before = self.stored();
        let is_same = rows.len() == before.len()
            && rows.iter().all(|row| {
                let known = before.get(&row.name);
                known.is_some_and(|known| known.version == row.digest)
            });
        if is_same {
            return Ok(());
        }
        let read: BTreeMap<_, _> = rows.into_iter().filter_map(read).collect();
        let stored = self.0.stored.write();
        *stored.unwrap_or_else(PoisonError::into_inner) = read;
        self.0.changes.send_replace(());
        Ok(())
    }
}

/// It was checked before it was stored, perhaps by another version of the program.
fn read(row: schedule::Model) -> Option<(String, Arc<Schedule>)> {
    let written = serde_json::from_str(&row.definition).ok()?;
    match Schedule::read(&row.name, written) {
        Ok(schedule) => Some((row.name, Arc::new(schedule))),
        Err(faults) => {
            let fault = faults.first().map(|fault| fault.problem.clone());
            error!(
                schedule = row.name,
                fault, "a stored schedule has a fault; it does not fire"
            );
            None
        }
    }
}
