//! The rules that count at present: those of the settings, and those that were put over HTTP.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use tracing::warn;

use super::receivers::KnownReceivers;
use super::rule::Rule;
use super::settings::{NotificationsSettings, RuleSettings};
use super::store::NotificationStore;
use crate::engine::store::{StoreError, WantedFlows, WantedKinds};
use crate::notify::EventKind;

/// Clones share it.
#[derive(Clone)]
pub(super) struct Book(Arc<Shared>);

struct Shared {
    store: NotificationStore,
    known: KnownReceivers,
    of_settings: Vec<Arc<Rule>>,
    stored: RwLock<BTreeMap<String, Arc<Rule>>>,
}

impl Book {
    pub(super) fn new(settings: &NotificationsSettings, store: NotificationStore) -> Self {
        let of_settings = settings.rules().into_iter().map(Arc::new);
        let book = Self(Arc::new(Shared {
            store,
            known: settings.known_receivers(),
            of_settings: of_settings.collect(),
            stored: RwLock::default(),
        }));
        book.show_kinds();
        book
    }

    pub(super) fn known(&self) -> &KnownReceivers {
        &self.0.known
    }

    /// Those of the settings, in their order.
    pub(super) fn of_settings(&self) -> &[Arc<Rule>] {
        &self.0.of_settings
    }

    /// Those that were put over HTTP, by their names.
    pub(super) fn stored(&self) -> Vec<Arc<Rule>> {
        let stored = self.0.stored.read();
        let stored = stored.unwrap_or_else(PoisonError::into_inner);
        stored.values().cloned().collect()
    }

    pub(super) fn all(&self) -> Vec<Arc<Rule>> {
        let mut all = self.of_settings().to_vec();
        all.extend(self.stored());
        all
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Rule>> {
        self.all().into_iter().find(|rule| rule.name == name)
    }

    /// Whether any rule asks for something of this kind.
    pub(super) fn asks_for(&self, kind: EventKind) -> bool {
        self.all().iter().any(|rule| rule.asks_for(kind))
    }

    /// Looks for what has been stored since, also by other processes.
    pub(super) async fn look(&self) -> Result<(), StoreError> {
        let Shared { store, known, .. } = &*self.0;
        let mut rules = BTreeMap::new();
        for row in store.rules().await? {
            let written = serde_json::from_str::<RuleSettings>(&row.definition).ok();
            let rule = written.map(|written| Rule::read(&row.name, &written, known));
            match rule {
                Some(Ok(rule)) => drop(rules.insert(row.name, Arc::new(rule))),
                // What it names may have gone from the settings.
                _ => warn!(
                    rule = row.name,
                    "a rule of notifications does not count any more"
                ),
            }
        }
        *self
            .0
            .stored
            .write()
            .unwrap_or_else(PoisonError::into_inner) = rules;
        self.show_kinds();
        let engine = store.engine();
        engine
            .interest()
            .set_followed(engine.follows().open().await?);
        let failing: HashSet<_> = match self.asks_for(EventKind::JobRecovered) {
            true => {
                let failing = store.failing().await?.into_iter();
                failing.map(|row| (row.flow, row.name)).collect()
            }
            false => HashSet::new(),
        };
        engine.interest().set_failing(failing);
        Ok(())
    }

    /// Lets those who change something know what is asked for.
    fn show_kinds(&self) {
        let mut kinds = WantedKinds::new();
        for rule in self.all() {
            for kind in &rule.when {
                let flows = rule.flows();
                let known = kinds.entry(kind.as_str().to_owned());
                known
                    .and_modify(|known| join(known, &flows))
                    .or_insert(flows);
            }
        }
        self.0.store.engine().interest().set_kinds(kinds);
    }
}

fn join(known: &mut WantedFlows, more: &WantedFlows) {
    match (&mut *known, more) {
        (WantedFlows::Named(known), WantedFlows::Named(more)) => {
            known.extend(more.iter().cloned());
        }
        _ => *known = WantedFlows::All,
    }
}
