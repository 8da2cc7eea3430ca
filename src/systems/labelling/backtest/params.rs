//! What a backtest is to do, as it is stored with its steps.

use serde::{Deserialize, Serialize};

use crate::systems::labelling::OTHER;
use crate::systems::labelling::label::Unmapped;
use crate::systems::labelling::posts::ReadSpec;
use crate::systems::labelling::rules::backtest::SetName;

/// The same for all steps. Settings that change later do not change a job that was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::systems::labelling) struct BacktestParams {
    /// As the settings name it.
    pub source: String,
    /// Of the fields that either set looks at.
    pub read: ReadSpec,
    pub base: StoredSet,
    pub candidate: StoredSet,
    /// Group and its `s_id`s, in the order of the settings.
    pub groups: Vec<(String, Vec<String>)>,
    pub unmapped: Unmapped,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// A set whose body is stored beside the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::systems::labelling) struct StoredSet {
    pub name: String,
    /// `None`: a draft.
    pub version: Option<i32>,
    /// Of the body.
    pub digest: String,
}

/// A part of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::systems::labelling) struct Sample {
    pub rows: u64,
    pub seed: u64,
}

/// Where there is no sample.
const SEED: u64 = 1;

impl BacktestParams {
    /// Of the examples.
    pub fn seed(&self) -> u64 {
        self.sample.map_or(SEED, |sample| sample.seed)
    }

    /// The groups in order, with the one for unmapped ids at the end if rows can go there.
    pub fn group_names(&self) -> Vec<String> {
        let groups = self.groups.iter().map(|(name, _)| name.clone());
        let other = (self.unmapped == Unmapped::Other).then(|| OTHER.to_owned());
        groups.chain(other).collect()
    }
}

impl StoredSet {
    pub fn set_name(&self) -> SetName {
        SetName {
            name: self.name.clone(),
            version: self.version,
        }
    }

    /// For people.
    pub fn title(&self) -> String {
        match self.version {
            Some(version) => format!("{}@{version}", self.name),
            None => self.name.clone(),
        }
    }
}
