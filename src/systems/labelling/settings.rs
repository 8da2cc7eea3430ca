//! `labelling`, `sources` and `outputs`: groups, rules, what requests may leave out, how much is in
//! flight, and where rows are read and panels are published.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::settings::{Problems, SettingsError, SystemSettings, read_file};

/// Entries by the name that requests use.
pub type ByName<T> = BTreeMap<String, T>;

/// Everything that can be set of labelling.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabellingSettings {
    pub sources: ByName<SourceSettings>,
    pub outputs: ByName<OutputSettings>,
    pub labelling: LabellingSection,
}

impl SystemSettings for LabellingSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        check_columns(&self.sources, problems);
        let mut problems = problems.within("labelling");
        self.labelling.check(&mut problems);
        self.check_names(&mut problems);
    }
}

fn check_columns(sources: &ByName<SourceSettings>, problems: &mut Problems<'_>) {
    for (name, source) in sources {
        for (table, settings) in &source.tables {
            let mut problems = problems.within(&format!("sources.{name}.tables.{table}.columns"));
            for (role, column) in &settings.columns {
                if let Some(fault) = role.fault(column) {
                    problems.add(role.as_str(), fault);
                }
            }
        }
    }
}

impl LabellingSettings {
    fn check_names(&self, problems: &mut Problems<'_>) {
        let LabellingSection {
            default_source,
            default_table,
            default_output,
            ..
        } = &self.labelling;
        let usual = LabellingSection::default();
        let source = self.sources.get(default_source);
        // Others may read sources, too, and name no tables of them.
        let is_labelled = self
            .sources
            .values()
            .any(|source| !source.tables.is_empty());
        if source.is_none() && (is_labelled || *default_source != usual.default_source) {
            let known = names(&self.sources);
            let problem = format!("`{default_source}` is not in `sources`: {known}");
            problems.add("default_source", problem);
        }
        if let Some(source) = source
            && !source.tables.contains_key(default_table)
        {
            let known = names(&source.tables);
            let problem =
                format!("`{default_table}` is not among the tables of `{default_source}`: {known}");
            problems.add("default_table", problem);
        }
        if !self.outputs.contains_key(default_output)
            && (!self.outputs.is_empty() || *default_output != usual.default_output)
        {
            let known = names(&self.outputs);
            let problem = format!("`{default_output}` is not in `outputs`: {known}");
            problems.add("default_output", problem);
        }
    }
}

fn names<T>(entries: &ByName<T>) -> String {
    match entries.is_empty() {
        true => "there are none".to_owned(),
        false => entries.keys().cloned().collect::<Vec<_>>().join(", "),
    }
}

/// The section `labelling`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabellingSection {
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
    /// Whether a job that a gate holds is approved by others than the one who has started it, or has activated its
    /// rule set.
    pub gate_two_people: bool,
    pub batches_per_step: u64,
    pub rows_per_slice: u64,
    pub bytes_per_slice: u64,
    pub bytes_in_flight: u64,
    pub unreadable_times_share: f64,
    pub unreadable_times_max: u64,
    pub rule_bytes_max: u64,
    pub rules_max: u64,
    pub rules_bytes_max: u64,
    pub rules_memory_max: u64,
    pub rules_compile_max_s: u64,
}

/// What becomes of rows whose `s_id` is in no group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmappedSetting {
    #[default]
    Other,
    Skip,
    Fail,
}

impl Default for LabellingSection {
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
            gate_two_people: false,
            // Between two batches nothing is read ahead, and on a server each has connections of
            // its own to make. More only help where several run at once.
            batches_per_step: 2,
            // A transaction costs as much as a few hundred rows, so it should carry many
            // thousands; what it carries is lost at most when the process dies.
            rows_per_slice: 10_000,
            bytes_per_slice: 4 << 20,
            bytes_in_flight: 16 << 20,
            unreadable_times_share: 0.01,
            unreadable_times_max: 100,
            // A pattern with thousands of words fits.
            rule_bytes_max: 64 << 10,
            rules_max: 100_000,
            // An automaton takes about 200 times as much while it is built.
            rules_bytes_max: 2 << 20,
            rules_memory_max: 256 << 20,
            rules_compile_max_s: 60,
        }
    }
}

impl LabellingSection {
    fn check(&self, labelling: &mut Problems<'_>) {
        let mut between = |key: &str, value, range| labelling.expect_between(key, value, range);
        between("batches_per_step", self.batches_per_step, 1..=1024);
        between("rows_per_slice", self.rows_per_slice, 1..=1_000_000);
        between("bytes_per_slice", self.bytes_per_slice, 64 << 10..=1 << 30);
        between(
            "bytes_in_flight",
            self.bytes_in_flight,
            self.bytes_per_slice..=4 << 30,
        );
        between("rule_bytes_max", self.rule_bytes_max, 1..=64 << 20);
        between("rules_max", self.rules_max, 1..=10_000_000);
        between("rules_bytes_max", self.rules_bytes_max, 1..=1 << 30);
        between("rules_memory_max", self.rules_memory_max, 1 << 20..=1 << 40);
        between("rules_compile_max_s", self.rules_compile_max_s, 1..=86_400);
        if !(0.0..=1.0).contains(&self.unreadable_times_share) {
            let problem = format!("expected 0 to 1, found {}", self.unreadable_times_share);
            labelling.add("unreadable_times_share", problem);
        }
        if self.default_start_time.is_some() != self.default_end_time.is_some() {
            let problem = "expected both default_start_time and default_end_time, or none";
            labelling.add("default_start_time", problem);
        }
    }
}

/// Groups and their `s_id`s in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(pub Vec<(String, Vec<String>)>);

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

/// A file with `groups:` and, if need be, `unmapped:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupsFile {
    groups: Groups,
    #[serde(default)]
    unmapped: UnmappedSetting,
}

/// Reads the groups from a file of their own.
pub fn groups_file(path: &Path) -> Result<(Groups, UnmappedSetting), SettingsError> {
    let file: GroupsFile = read_file(path)?;
    Ok((file.groups, file.unmapped))
}

/// One source: a connection and the tables that may be read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    pub url: String,
    /// The name of the zone of times without an offset.
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub tables: ByName<TableSettings>,
}

/// One table of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableSettings {
    /// What the columns are called, where that differs from the usual names, or behind a colon the
    /// text that all rows have.
    pub columns: BTreeMap<ColumnRole, String>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    Id,
    SId,
    SAreaId,
    Author,
    Title,
    Content,
    PostTime,
}

impl ColumnRole {
    pub const ALL: [Self; 7] = [
        Self::Id,
        Self::SId,
        Self::SAreaId,
        Self::Author,
        Self::Title,
        Self::Content,
        Self::PostTime,
    ];

    /// As it is written, which is also what such a column is usually called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::SId => "s_id",
            Self::SAreaId => "s_area_id",
            Self::Author => "author",
            Self::Title => "title",
            Self::Content => "content",
            Self::PostTime => "post_time",
        }
    }

    /// What is wrong with a column of this name, or with this constant.
    pub fn fault(self, name: &str) -> Option<String> {
        let is_column = matches!(self, Self::Id | Self::PostTime);
        match name.strip_prefix(':') {
            Some(_) if is_column => Some(format!(
                "`{}` is a column of its own in every row: expected its name, not a constant",
                self.as_str()
            )),
            Some("") => Some("expected a text behind the colon".to_owned()),
            None if name.is_empty() => Some("expected the name of a column".to_owned()),
            _ => None,
        }
    }
}

/// What columns are called, in a file of their own.
pub fn columns_file(path: &Path) -> Result<BTreeMap<ColumnRole, String>, SettingsError> {
    read_file(path)
}

/// One output: without a URL it is the engine's own database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSettings {
    pub url: Option<String>,
}
