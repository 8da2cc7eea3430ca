//! `prediction`, `predict`, `imports` and `scrape`: where files of mappings and scrapes are, what a file may cost,
//! how much is predicted at once, and what may be fetched.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::import::Limits;
use crate::fetch::AllowedHosts;
use crate::settings::{Problems, SystemSettings};

/// Everything that can be set of prediction.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictionSettings {
    pub prediction: PredictionSection,
    pub predict: PredictSection,
    pub imports: ImportsSection,
    pub scrape: ScrapeSection,
    /// The databases that mappings may name, which are those that panels are published to.
    pub outputs: BTreeMap<String, OutputUrl>,
    /// The databases that prediction jobs may read, which are those that are labelled.
    pub sources: BTreeMap<String, SourceUrl>,
}

/// The section `prediction`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictionSection {
    /// Holds `imports/*.yaml` and `scrapes/*.yaml`, mappings and scrapes that are saved at the start if they have
    /// changed.
    pub dir: Option<PathBuf>,
    /// The library `libonnxruntime.so`, by which graphs are scored that are not computed here.
    pub onnxruntime: Option<PathBuf>,
    /// Of the file of a model, in MiB.
    pub model_mb_max: u64,
    /// Servers of remote models that may be asked though their addresses are not public, or at other ports than 80
    /// and 443.
    pub remote_hosts: Vec<String>,
    /// How long one of them may take to answer a request.
    pub remote_seconds: u64,
}

impl Default for PredictionSection {
    fn default() -> Self {
        Self {
            dir: None,
            onnxruntime: None,
            // Larger ones take long to load, and as much memory again while they are.
            model_mb_max: 256,
            remote_hosts: Vec::new(),
            // Callers wait for it.
            remote_seconds: 10,
        }
    }
}

impl PredictionSection {
    pub(crate) fn model_bytes_max(&self) -> u64 {
        self.model_mb_max << 20
    }
}

/// The section `predict`: what calls may ask for, and how jobs use the machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictSection {
    /// Of one call.
    pub rows_max: u64,
    /// Of all calls that are worked on at the same time.
    pub rows_in_work_max: u64,
    /// Jobs that run at once.
    pub at_once: u64,
    /// Rows that a job writes in one transaction.
    pub rows_per_slice: u64,
    /// Bytes of their values, after which fewer rows are enough.
    pub bytes_per_slice: u64,
}

impl Default for PredictSection {
    fn default() -> Self {
        Self {
            rows_max: 10_000,
            rows_in_work_max: 100_000,
            // Each keeps two processors busy.
            at_once: 2,
            // A transaction costs as much as a few hundred rows. Up to four slices are in memory, being read,
            // scored and written.
            rows_per_slice: 10_000,
            bytes_per_slice: 4 << 20,
        }
    }
}

/// One output: without a URL it is the engine's own database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputUrl {
    pub url: Option<String>,
}

/// One source, with the tables that may be read; none: all of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SourceUrl {
    pub url: String,
    pub tables: BTreeMap<String, IgnoredAny>,
}

/// The section `imports`: what one file may cost.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportsSection {
    pub file_bytes_max: u64,
    pub unpacked_bytes_max: u64,
    pub cells_max: u64,
    pub seconds_max: u64,
    pub problems_max: u64,
    pub at_once: u64,
}

impl Default for ImportsSection {
    fn default() -> Self {
        let Limits {
            bytes,
            unpacked_bytes,
            cells,
            time,
        } = Limits::default();
        Self {
            file_bytes_max: bytes,
            unpacked_bytes_max: unpacked_bytes,
            cells_max: cells,
            seconds_max: time.as_secs(),
            // Nobody reads more, and a wrong mapping has one for each cell.
            problems_max: 10_000,
            // Each may take as much memory as its file unpacks to.
            at_once: 2,
        }
    }
}

/// The section `scrape`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScrapeSection {
    /// Hosts that may be asked though their addresses are not public, or at other ports than 80 and 443.
    pub allow: Vec<String>,
    pub at_once: u64,
    pub runs_days: u64,
}

impl Default for ScrapeSection {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            // A process has four places for jobs: one is left to others.
            at_once: 3,
            // As long as jobs are kept.
            runs_days: 365,
        }
    }
}

/// Bodies of calls have no more.
const FILE_BYTES_MOST: u64 = 64 << 20;

/// Bodies of calls with a model have no more.
const MODEL_MB_MOST: u64 = 1 << 10;

impl ImportsSection {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            bytes: self.file_bytes_max,
            unpacked_bytes: self.unpacked_bytes_max,
            cells: self.cells_max,
            time: Duration::from_secs(self.seconds_max),
        }
    }
}

impl SystemSettings for PredictionSettings {
    fn check(&self, problems: &mut Problems<'_>) {
        let mut prediction = problems.within("prediction");
        let most = self.prediction.model_mb_max;
        prediction.expect_between("model_mb_max", most, 1..=MODEL_MB_MOST);
        prediction.expect_between("remote_seconds", self.prediction.remote_seconds, 1..=600);
        if let Err(fault) = AllowedHosts::read(&self.prediction.remote_hosts) {
            prediction.add("remote_hosts", fault);
        }
        let section = &self.predict;
        let mut predict = problems.within("predict");
        predict.expect_between("rows_max", section.rows_max, 1..=1_000_000);
        // A call that is within its own limit is never refused for ever.
        let in_work = section.rows_max..=100_000_000;
        predict.expect_between("rows_in_work_max", section.rows_in_work_max, in_work);
        predict.expect_between("at_once", section.at_once, 1..=64);
        predict.expect_between("rows_per_slice", section.rows_per_slice, 1..=1_000_000);
        let bytes = 64 << 10..=1 << 30;
        predict.expect_between("bytes_per_slice", section.bytes_per_slice, bytes);
        let section = &self.imports;
        let mut imports = problems.within("imports");
        let mut between = |key: &str, value, range| imports.expect_between(key, value, range);
        between(
            "file_bytes_max",
            section.file_bytes_max,
            1..=FILE_BYTES_MOST,
        );
        between(
            "unpacked_bytes_max",
            section.unpacked_bytes_max,
            1..=4 << 30,
        );
        between("cells_max", section.cells_max, 1..=100_000_000);
        between("seconds_max", section.seconds_max, 1..=3600);
        between("problems_max", section.problems_max, 1..=1_000_000);
        between("at_once", section.at_once, 1..=64);
        let section = &self.scrape;
        let mut scrape = problems.within("scrape");
        if let Err(fault) = AllowedHosts::read(&section.allow) {
            scrape.add("allow", fault);
        }
        scrape.expect_between("at_once", section.at_once, 1..=1024);
        scrape.expect_between("runs_days", section.runs_days, 1..=36_500);
    }
}
