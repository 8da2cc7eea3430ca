//! What the process that has the duty remembers of each trigger. All of it can be read from the store again.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use entity::{trigger, trigger_fire};
use serde_json::Value;

use super::catchup::Rule;
use super::settling::Settling;
use super::timing::Timing;
use crate::engine::seam::{Fire, Trigger, TriggerKind, TriggerSource};

/// All triggers, by their ids.
pub(super) type Board = BTreeMap<String, Entry>;

/// One trigger.
pub(super) struct Entry {
    pub(super) trigger: Trigger,
    pub(super) source: Arc<dyn TriggerSource>,
    pub(super) clock: Option<Clock>,
    /// What its fires have started and of which no end is known.
    pub(super) running: Vec<Running>,
    /// Fires that are being started, by their ids.
    pub(super) starting: HashSet<String>,
    /// Fires that wait for the ends of those.
    pub(super) queued: VecDeque<trigger_fire::Model>,
    /// What its source remembers of the last success.
    pub(super) kept: Option<Value>,
    pub(super) files: Looks,
    pub(super) jobs: Ends,
}

/// The instants of a cron expression.
pub(super) struct Clock {
    pub(super) timing: Timing,
    pub(super) rule: Rule,
    /// Up to this one they have fired or been passed over.
    pub(super) considered: i64,
    /// When there is something to decide.
    pub(super) next_due: i64,
}

pub(super) struct Running {
    pub(super) fire: String,
    pub(super) started: String,
}

/// The looks at the files of one trigger.
#[derive(Default)]
pub(super) struct Looks {
    pub(super) settling: Settling,
    /// When the next one is to be, by the steady clock.
    pub(super) next_at: i64,
    pub(super) is_looking: bool,
    /// An error that has been logged.
    pub(super) error: Option<String>,
}

/// The ends of jobs that were seen for one trigger.
#[derive(Default)]
pub(super) struct Ends {
    pub(super) since: i64,
    /// When they ended, by their ids.
    pub(super) seen: HashMap<String, i64>,
}

impl Entry {
    /// `latest` is the last moment for which it has fired by itself.
    pub(super) fn new(
        trigger: Trigger,
        source: Arc<dyn TriggerSource>,
        row: &trigger::Model,
        latest: Option<i64>,
    ) -> Self {
        let since = latest.map_or(row.since_at, |latest| latest.max(row.since_at));
        let clock = match &trigger.kind {
            TriggerKind::Cron { cron, jitter, rule } => Some(Clock {
                timing: Timing::new(&trigger.id, cron.clone(), *jitter),
                rule: *rule,
                considered: since,
                // It is found at the first look.
                next_due: i64::MIN,
            }),
            TriggerKind::File(_) | TriggerKind::After | TriggerKind::Outside => None,
        };
        Self {
            source,
            clock,
            running: Vec::new(),
            starting: HashSet::new(),
            queued: VecDeque::new(),
            kept: row
                .kept
                .as_deref()
                .and_then(|kept| serde_json::from_str(kept).ok()),
            files: Looks::default(),
            jobs: Ends {
                since: row
                    .since_at
                    .max(latest.unwrap_or(0) - super::jobs::LATE_COMMITS),
                seen: HashMap::new(),
            },
            trigger,
        }
    }

    /// What an entry made before has found out and the store does not know.
    pub(super) fn take_over(&mut self, before: Self) {
        self.starting = before.starting;
        if before.trigger.digest == self.trigger.digest {
            self.files = before.files;
            self.jobs.seen = before.jobs.seen;
        }
    }

    /// How much of it goes on.
    pub(super) fn active(&self) -> usize {
        self.running.len() + self.starting.len()
    }

    pub(super) fn fire(&self, row: &trigger_fire::Model) -> Fire {
        Fire {
            id: row.id.clone(),
            trigger: row.trigger_id.clone(),
            key: row.fire_key.clone(),
            at: row.at,
            params: serde_json::from_str(&row.params).unwrap_or_default(),
            fired_by: row.fired_by.clone(),
            kept: self.kept.clone(),
        }
    }
}

impl Clock {
    /// Finds when there is something to decide next.
    pub(super) fn wind(&mut self, now: i64) {
        let from = now.max(self.considered);
        let next = self.timing.next_due(from);
        self.next_due = next.map_or(i64::MAX, |next| next.due);
    }
}
