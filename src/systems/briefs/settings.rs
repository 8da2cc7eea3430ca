//! `briefs`: where adapters, files and exports are, where articles are stored, and what a brief may cost.

use std::path::PathBuf;

use chrono_tz::Tz;
use serde::Deserialize;

use super::storing::ArticleTables;
use crate::fetch::AllowedHosts;
use crate::settings::{Problems, SystemSettings};

/// Everything that can be set of briefs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BriefSettings {
    pub briefs: BriefsSection,
}

/// The section `briefs`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BriefsSection {
    /// Holds `<platform>.yaml`, an adapter each.
    pub adapters: Option<PathBuf>,
    /// What adapters of the kind file may read.
    pub files: Option<PathBuf>,
    /// Holds a file for each secret, beside the variables of the environment.
    pub secrets_dir: Option<PathBuf>,
    /// Hosts that may be asked though their addresses are not public.
    pub private_hosts: Vec<String>,
    /// The database of `brief_<platform>`; the engine's own by default.
    pub output: Option<String>,
    /// Where zips are kept; beside the engine's files by default.
    pub exports: Option<PathBuf>,
    pub keep_exports: u64,
    pub time_zone: String,
    /// Words that are cut as they stand here, one a line.
    pub dictionary: Option<PathBuf>,
    /// The first that is there draws the word clouds.
    pub fonts: Vec<PathBuf>,
    /// With it, and `mq_conf`, articles are stored through topics of Kafka.
    pub topic_prefix: Option<String>,
    pub group: String,
    /// Pages that were fetched and are not stored yet, at which collecting waits.
    pub pages_unstored: u64,
    pub pages_max: u64,
    pub articles_max: u64,
    pub jobs_at_once: u64,
}

impl Default for BriefsSection {
    fn default() -> Self {
        Self {
            adapters: None,
            files: None,
            secrets_dir: None,
            private_hosts: Vec::new(),
            output: None,
            exports: None,
            keep_exports: 30,
            time_zone: "Asia/Shanghai".to_owned(),
            dictionary: None,
            fonts: [
                "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
                "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
            ]
            .map(PathBuf::from)
            .to_vec(),
            topic_prefix: None,
            group: "audience-briefs".to_owned(),
            pages_unstored: 2_000,
            pages_max: 20_000,
            articles_max: 500_000,
            jobs_at_once: 8,
        }
    }
}

impl BriefsSection {
    /// The time zone of calls and of days; checked when settings are read.
    pub(crate) fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }
}

impl SystemSettings for BriefSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        let section = &self.briefs;
        let mut briefs = problems.within("briefs");
        if let Err(fault) = AllowedHosts::read(&section.private_hosts) {
            briefs.add("private_hosts", fault);
        }
        let output = section.output.as_deref();
        if let Some(fault) = output.and_then(ArticleTables::url_fault) {
            briefs.add("output", fault);
        }
        if section.time_zone.parse::<Tz>().is_err() {
            let name = &section.time_zone;
            briefs.add(
                "time_zone",
                format!("unknown time zone `{name}`; expected one such as Asia/Shanghai"),
            );
        }
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let prefix = section.topic_prefix.as_deref().unwrap_or_default();
        if prefix.len() > 200 || !prefix.bytes().all(is_good) {
            let expected = "expected at most 200 letters, digits, dots, _ and -";
            briefs.add("topic_prefix", expected);
        }
        if section.group.is_empty() {
            briefs.add("group", "expected the name of a consumer group");
        }
        briefs.expect_between("keep_exports", section.keep_exports, 1..=3_660);
        briefs.expect_between("pages_unstored", section.pages_unstored, 10..=1_000_000);
        briefs.expect_between("pages_max", section.pages_max, 1..=1_000_000);
        briefs.expect_between("articles_max", section.articles_max, 1..=10_000_000);
        briefs.expect_between("jobs_at_once", section.jobs_at_once, 1..=1_000);
    }
}
