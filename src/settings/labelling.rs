//! `labelling`: groups, rules, what requests may leave out, and how much is in flight.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::expect_between;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabellingSettings {
    pub default_source: String,
    pub default_table: String,
    pub default_output: String,
    pub default_start_time: Option<String>,
    pub default_end_time: Option<String>,
    pub rules_dir: PathBuf,
    pub rule_sets: BTreeMap<String, PathBuf>,
    pub groups: Groups,
    pub unmapped: UnmappedSetting,
    pub keep_staging: bool,
    pub batches_per_step: u64,
    pub rows_per_slice: u64,
    pub bytes_per_slice: u64,
    pub bytes_in_flight: u64,
}

/// What becomes of rows whose `s_id` is in no group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmappedSetting {
    #[default]
    Other,
    Skip,
    Fail,
}

impl Default for LabellingSettings {
    fn default() -> Self {
        Self {
            default_source: "sample".to_owned(),
            default_table: "ts_page_content".to_owned(),
            default_output: "audience_result".to_owned(),
            default_start_time: None,
            default_end_time: None,
            rules_dir: PathBuf::from("rules"),
            rule_sets: BTreeMap::new(),
            groups: Groups::default(),
            unmapped: UnmappedSetting::Other,
            keep_staging: false,
            // Between two batches nothing is read ahead, and on a server each has connections of
            // its own to make. More only help where several run at once.
            batches_per_step: 2,
            // A transaction costs as much as a few hundred rows, so it should carry many
            // thousands; what it carries is lost at most when the process dies.
            rows_per_slice: 10_000,
            bytes_per_slice: 4 << 20,
            bytes_in_flight: 16 << 20,
        }
    }
}

impl LabellingSettings {
    pub(super) fn check(&self, faults: &mut Vec<(String, String)>) {
        let mut between = |key: &str, value, range| {
            expect_between(faults, &format!("labelling.{key}"), value, range);
        };
        between("batches_per_step", self.batches_per_step, 1..=1024);
        between("rows_per_slice", self.rows_per_slice, 1..=1_000_000);
        between("bytes_per_slice", self.bytes_per_slice, 64 << 10..=1 << 30);
        between(
            "bytes_in_flight",
            self.bytes_in_flight,
            self.bytes_per_slice..=4 << 30,
        );
        if self.default_start_time.is_some() != self.default_end_time.is_some() {
            let problem = "expected both default_start_time and default_end_time, or none";
            faults.push((
                "labelling.default_start_time".to_owned(),
                problem.to_owned(),
            ));
        }
    }
}

/// Groups and their `s_id`s in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(pub Vec<(String, Vec<String>)>);

impl Serialize for Groups {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, s_ids) in &self.0 {
            map.serialize_entry(name, s_ids)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(GroupsVisitor)
    }
}

/// A map type would lose the order.
struct GroupsVisitor;

impl<'de> Visitor<'de> for GroupsVisitor {
    type Value = Groups;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping of group names to lists of s_ids")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Groups, A::Error> {
        let mut groups = Vec::new();
        while let Some(entry) = map.next_entry()? {
            groups.push(entry);
        }
        Ok(Groups(groups))
    }
}
