//! Slots: what there is a limited number of, and what jobs hold of it while they run.
//!
//! A job holds its slots exactly while a process holds its lease and its state is `running`: nothing is
//! counted beside that, so nothing can be left over. A job that waits, parks or is blocked holds none;
//! one that wakes is queued, to get them again. How many there are of each is known to somebody else
//! ([`SlotCapacities`]).
//!
//! Jobs with the same slots are alike for all that is decided here ([`admit`]), except for their order. So
//! each job carries what it needs as a text, by which an index gives the first of each kind, however
//! many wait.

mod adding;
mod admit;
mod claiming;
mod shortage;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub(super) use adding::add;
pub(super) use admit::{Decision, Place, admit};
pub use claiming::SlotHolder;
pub(super) use claiming::choose;
pub use shortage::Shortage;

/// The longest text of a job's slots.
pub(super) const KEY_MAX: usize = 512;

/// What a job holds while it runs: names and amounts.
pub(in crate::engine) type Slots = BTreeMap<String, u32>;

/// How many slots there are.
pub trait SlotCapacities: Send + Sync {
    /// `None`: it is not known, and the jobs that need such are held back.
    fn capacity(&self, name: &str) -> Option<u32>;
}

/// How many there are by all who know of some.
#[derive(Clone, Default)]
pub struct Capacities(Vec<Arc<dyn SlotCapacities>>);

impl Capacities {
    pub fn of(capacities: Vec<Arc<dyn SlotCapacities>>) -> Self {
        Self(capacities)
    }

    /// By the first who knows.
    pub(in crate::engine) fn get(&self, name: &str) -> Option<u32> {
        self.0.iter().find_map(|known| known.capacity(name))
    }

    /// Whether jobs with slots may be claimed.
    pub(super) fn are_known(&self) -> bool {
        !self.0.is_empty()
    }
}

impl fmt::Debug for Capacities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.len();
        formatter.debug_tuple("Capacities").field(&known).finish()
    }
}

/// Slots as a text, the same for the same slots; empty for none. The same name twice is added up, and
/// nothing of a name is none.
pub(super) fn key_of(slots: &[(String, u32)]) -> String {
    let mut all = Slots::new();
    for (name, amount) in slots.iter().filter(|(_, amount)| *amount > 0) {
        let sum = all.entry(name.clone()).or_default();
        *sum = sum.saturating_add(*amount);
    }
    match all.is_empty() {
        true => String::new(),
        false => serde_json::json!(all).to_string(),
    }
}

/// The slots that such a text stands for.
pub(in crate::engine) fn slots_of_key(key: &str) -> Slots {
    serde_json::from_str(key).unwrap_or_default()
}
