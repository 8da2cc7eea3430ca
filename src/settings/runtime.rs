//! `runtime`: how much runs at once, and the limits of attempts and times.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Problems;

/// Jobs that can have an actor at once.
pub const AT_ONCE_MAX: u64 = 1_024;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuntimeSettings {
    pub jobs_at_once: u64,
    pub jobs_queued_max: u64,
    pub queue_jobs_max: BTreeMap<String, u64>,
    pub batches_at_once: u64,
    pub attempts_max: u64,
    pub crashes_max: u64,
    pub backoff_first_ms: u64,
    pub backoff_longest_ms: u64,
    pub lease_ms: u64,
    pub rescue_every_ms: u64,
    pub batch_timeout_s: u64,
    pub stop_grace_s: u64,
}

impl Default for RuntimeSettings {
    fn default() -> Self {
        Self {
            // A labelling job keeps about two cores busy when it runs alone.
            jobs_at_once: 4,
            jobs_queued_max: 100_000,
            queue_jobs_max: BTreeMap::new(),
            // SQLite has one writer: a second batch would mostly wait for the first.
            batches_at_once: 1,
            attempts_max: 5,
            crashes_max: 3,
            backoff_first_ms: 500,
            backoff_longest_ms: 30_000,
            // Long enough for three renewals to be missed on a busy machine.
            lease_ms: 15_000,
            rescue_every_ms: 5_000,
            // Slices take seconds, but a slow server may answer late.
            batch_timeout_s: 3_600,
            // A slice of the usual size takes less than a second.
            stop_grace_s: 10,
        }
    }
}

impl RuntimeSettings {
    pub(super) fn check(&self, runtime: &mut Problems<'_>) {
        let mut between = |key: &str, value, range| runtime.expect_between(key, value, range);
        between("jobs_at_once", self.jobs_at_once, 1..=AT_ONCE_MAX);
        between("jobs_queued_max", self.jobs_queued_max, 1..=10_000_000);
        between("batches_at_once", self.batches_at_once, 1..=64);
        between("attempts_max", self.attempts_max, 1..=100);
        between("crashes_max", self.crashes_max, 1..=100);
        between("backoff_first_ms", self.backoff_first_ms, 1..=600_000);
        between(
            "backoff_longest_ms",
            self.backoff_longest_ms,
            self.backoff_first_ms..=3_600_000,
        );
        between("lease_ms", self.lease_ms, 1_000..=3_600_000);
        between("rescue_every_ms", self.rescue_every_ms, 50..=600_000);
        between("batch_timeout_s", self.batch_timeout_s, 0..=604_800);
        between("stop_grace_s", self.stop_grace_s, 0..=600);
        for (queue, most) in &self.queue_jobs_max {
            between(&format!("queue_jobs_max.{queue}"), *most, 1..=AT_ONCE_MAX);
        }
    }
}
