//! What this process has in memory: where aliases point to, and versions that were loaded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use entity::model_alias;
use tokio::sync::OnceCell;

use super::served::Served;
use super::which::{CHAMPION, SHADOW};
use crate::telemetry::metrics::{Gauge, Sample, observe};

/// Versions that no alias points to stay in memory for so long after they were asked.
const KEPT: Duration = Duration::from_secs(600);

/// What they may take together, by their packages.
const KEPT_BYTES: u64 = 256 << 20;

/// A version that cannot be loaded is not tried again for so long: callers may ask for it many times.
const FAULTY: Duration = Duration::from_secs(30);

/// A model and a version.
pub(super) type Key = (String, i32);

/// The version of a slot, once it is loaded.
pub(super) type Cell = Arc<OnceCell<Arc<Served>>>;

#[derive(Default)]
pub(super) struct Registry {
    models: RwLock<HashMap<String, BTreeMap<String, Pointed>>>,
    slots: Mutex<HashMap<Key, Slot>>,
}

/// Where an alias points to.
struct Pointed {
    /// How often it had been moved: an older look at the store does not take a newer move back.
    moves: i32,
    served: Arc<Served>,
}

struct Slot {
    cell: Cell,
    asked: Instant,
    /// Why it could not be loaded, and when.
    fault: Option<(Instant, String)>,
}

impl Registry {
    /// The version that an alias points to, if it is in memory.
    pub fn answering(&self, model: &str, alias: &str) -> Option<Arc<Served>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        let pointed = models.get(model)?.get(alias)?;
        Some(Arc::clone(&pointed.served))
    }

    /// The version that scores the same rows as this one, if this one is the champion.
    pub fn shadow_of(&self, served: &Served) -> Option<Arc<Served>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        let aliases = models.get(&served.model)?;
        let shadow = &aliases.get(SHADOW)?.served;
        let champion = &aliases.get(CHAMPION)?.served;
        let is_wanted = champion.version == served.version && shadow.version != served.version;
        is_wanted.then(|| Arc::clone(shadow))
    }

    /// A version that is in memory.
    pub fn loaded(&self, key: &Key) -> Option<Arc<Served>> {
        let mut slots = self.slots();
        let slot = slots.get_mut(key)?;
        slot.asked = Instant::now();
        slot.cell.get().cloned()
    }

    /// Where a version is to be loaded, once for all who wait for it; an error: it could not be, a moment ago.
    pub fn cell(&self, key: &Key) -> Result<Cell, String> {
        let mut slots = self.slots();
        let slot = slots.entry(key.clone()).or_insert_with(|| Slot {
            cell: Cell::default(),
            asked: Instant::now(),
            fault: None,
        });
        slot.asked = Instant::now();
        match &slot.fault {
            Some((at, reason)) if at.elapsed() < FAULTY => Err(reason.clone()),
            _ => Ok(Arc::clone(&slot.cell)),
        }
    }

    /// A version cannot be loaded.
    pub fn note_fault(&self, key: &Key, reason: &str) {
        if let Some(slot) = self.slots().get_mut(key) {
            slot.fault = Some((Instant::now(), reason.to_owned()));
        }
    }

    /// Points an alias to a version, unless a later move is known. Requests in work end on the version before.
    /// `true`: it has pointed elsewhere.
    pub fn point(&self, alias: &model_alias::Model, served: Arc<Served>) -> bool {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        let aliases = models.entry(alias.model.clone()).or_default();
        let known = aliases.get(&alias.alias);
        if known.is_some_and(|known| known.moves >= alias.moves) {
            return false;
        }
        let pointed = Pointed {
            moves: alias.moves,
            served,
        };
        aliases.insert(alias.alias.clone(), pointed).is_some()
    }

    /// Whether an alias points to the version that the store says.
    pub fn is_followed(&self, alias: &model_alias::Model) -> bool {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        let aliases = models.get(&alias.model);
        let pointed = aliases.and_then(|aliases| aliases.get(&alias.alias));
        pointed.is_some_and(|pointed| pointed.moves >= alias.moves)
    }

    /// Forgets a version that was removed.
    pub fn remove(&self, key: &Key) {
        self.slots().remove(key);
    }

    /// Drops versions that nobody needs: no alias points to them, and they were not asked lately, or others were
    /// asked later and need the memory.
    pub fn tidy(&self) {
        let pointed = self.pointed();
        let mut slots = self.slots();
        slots.retain(|key, slot| pointed.contains(key) || slot.asked.elapsed() < KEPT);
        let mut others: Vec<(Instant, Key, u64)> = slots
            .iter()
            .filter(|(key, _)| !pointed.contains(*key))
            .filter_map(|(key, slot)| Some((slot.asked, key.clone(), slot.cell.get()?.bytes)))
            .collect();
        others.sort_unstable_by_key(|(asked, ..)| std::cmp::Reverse(*asked));
        let mut kept = 0_u64;
        for (_, key, bytes) in others {
            kept = kept.saturating_add(bytes);
            if kept > KEPT_BYTES {
                slots.remove(&key);
            }
        }
        let loaded = slots.values().filter_map(|slot| slot.cell.get());
        let (count, bytes) = loaded.fold((0_u32, 0_u64), |(count, bytes), served| {
            (count + 1, bytes + served.bytes)
        });
        drop(slots);
        observe(Gauge::ModelsLoaded, vec![Sample::of(f64::from(count))]);
        observe(Gauge::ModelBytes, vec![Sample::of(bytes as f64)]);
    }

    fn pointed(&self) -> HashSet<Key> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        let aliases = models.values().flat_map(BTreeMap::values);
        aliases
            .map(|pointed| (pointed.served.model.clone(), pointed.served.version))
            .collect()
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Key, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
