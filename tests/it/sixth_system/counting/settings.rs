//! `counting`: how far.

use audience::settings::{Problems, SystemSettings};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CountingSettings {
    pub counting: CountingSection,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CountingSection {
    pub most: u64,
}

impl Default for CountingSection {
    fn default() -> Self {
        Self { most: 10 }
    }
}

impl SystemSettings for CountingSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        let mut problems = problems.within("counting");
        problems.expect_between("most", self.counting.most, 1..=1_000);
    }
}
