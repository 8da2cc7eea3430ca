//! `retention`: how long what is not the result of a job is kept once it has ended.

use serde::{Deserialize, Serialize};

use super::expect_between;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSettings {
    pub history_days: u64,
    pub history_mb: u64,
    pub rows_per_step: u64,
    pub every_s: u64,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self {
            history_days: 30,
            // The history of about a million small jobs.
            history_mb: 1_024,
            // Some milliseconds: whoever else writes does not notice.
            rows_per_step: 2_000,
            every_s: 60,
        }
    }
}

impl RetentionSettings {
    pub(super) fn check(&self, faults: &mut Vec<(String, String)>) {
        let mut between = |key: &str, value, range| {
            expect_between(faults, &format!("retention.{key}"), value, range);
        };
        between("history_days", self.history_days, 0..=36_500);
        between("history_mb", self.history_mb, 1..=1_048_576);
        between("rows_per_step", self.rows_per_step, 1..=100_000);
        between("every_s", self.every_s, 1..=86_400);
    }
}
