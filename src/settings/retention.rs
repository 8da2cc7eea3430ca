//! `retention`: how long everything but results is kept once a job has ended.

use serde::Deserialize;

use super::Problems;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSettings {
    pub history_days: u64,
    pub history_mb: u64,
    pub rows_per_step: u64,
    pub every_s: u64,
    pub jobs_days: u64,
    pub artifacts_days: u64,
    pub dead_letters_days: u64,
    pub audit_days: u64,
    pub fires_days: u64,
    /// Age at which notifications and their messages are dropped.
    pub notifications_days: u64,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self {
            history_days: 30,
            // The history of about a million small jobs.
            history_mb: 1_024,
            // Some milliseconds: other writers do not notice.
            rows_per_step: 2_000,
            every_s: 60,
            // People ask about last year's jobs, hardly ever about older ones.
            jobs_days: 365,
            artifacts_days: 90,
            dead_letters_days: 90,
            // A year can be looked at as a whole.
            audit_days: 400,
            // A delivery that is repeated later would fire again.
            fires_days: 30,
            notifications_days: 30,
        }
    }
}

impl RetentionSettings {
    pub(super) fn check(&self, retention: &mut Problems<'_>) {
        let mut between = |key: &str, value, range| retention.expect_between(key, value, range);
        between("history_days", self.history_days, 0..=36_500);
        between("history_mb", self.history_mb, 1..=1_048_576);
        between("rows_per_step", self.rows_per_step, 1..=100_000);
        between("every_s", self.every_s, 1..=86_400);
        between("jobs_days", self.jobs_days, 0..=36_500);
        between("artifacts_days", self.artifacts_days, 0..=36_500);
        between("dead_letters_days", self.dead_letters_days, 0..=36_500);
        between("audit_days", self.audit_days, 1..=36_500);
        between("fires_days", self.fires_days, 1..=36_500);
        between("notifications_days", self.notifications_days, 1..=36_500);
    }
}
