//! Settings: YAML files by environment, overridden by variables.
//!
//! One struct a section, each with its defaults. Nothing else in the program reads the
//! environment. A start with faulty settings stops and names each fault with its file, line
//! and key, and what was expected.

mod dispatch;
mod fault;
mod key_lines;
mod labelling;
mod load;
mod log;
mod overlay;
mod retention;
mod runtime;
mod secret;
mod server;
mod stores;
mod telemetry;

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use dispatch::{BrokerSettings, SecurityProtocol, ServiceSettings};
pub use fault::{Fault, SettingsError};
pub use labelling::{Groups, LabellingSettings, UnmappedSetting};
pub use load::{Loaded, groups_file};
pub use log::{LogFormat, LogSettings, level_fault};
pub use overlay::EnvironmentName;
pub use retention::RetentionSettings;
pub use runtime::{AT_ONCE_MAX, RuntimeSettings};
pub use secret::Password;
pub use server::ServerSettings;
pub use stores::{ColumnRole, DatabaseSettings, OutputSettings, SourceSettings, TableSettings};
pub use telemetry::{SignalVariables, TelemetrySettings};

/// Everything that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The section that counts where the environment names none.
    pub default_env: Option<EnvironmentName>,
    pub server: ServerSettings,
    pub database: DatabaseSettings,
    pub sources: stores::ByName<SourceSettings>,
    pub outputs: stores::ByName<OutputSettings>,
    pub labelling: LabellingSettings,
    pub runtime: RuntimeSettings,
    pub retention: RetentionSettings,
    pub log: LogSettings,
    pub telemetry: TelemetrySettings,
    /// Of the times that the dispatch API shows; without it that of the machine.
    pub time_zone: Option<String>,
    /// The services that tasks are dispatched to.
    pub service: Vec<String>,
    pub source_db: stores::ByName<ServiceSettings>,
    /// Tasks that may be asked for in one `status_task`.
    pub max_status_task: u64,
    /// Without it there is no broker: workers fetch their tasks over HTTP.
    pub mq_conf: Option<BrokerSettings>,
    #[serde(rename = "TEST")]
    pub test: Option<Box<Settings>>,
    #[serde(rename = "STAGE")]
    pub stage: Option<Box<Settings>>,
    #[serde(rename = "PRODUCTION")]
    pub production: Option<Box<Settings>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_env: None,
            server: ServerSettings::default(),
            database: DatabaseSettings::default(),
            sources: stores::ByName::default(),
            outputs: stores::ByName::default(),
            labelling: LabellingSettings::default(),
            runtime: RuntimeSettings::default(),
            retention: RetentionSettings::default(),
            log: LogSettings::default(),
            telemetry: TelemetrySettings::default(),
            time_zone: None,
            service: Vec::new(),
            source_db: stores::ByName::default(),
            max_status_task: 10,
            mq_conf: None,
            test: None,
            stage: None,
            production: None,
        }
    }
}

/// From where settings are read.
#[derive(Clone, Debug, Default)]
pub struct SettingsPlace {
    /// Directory of the files, or the only file; `None`: `settings` if it exists, else the built-in defaults.
    pub directory: Option<PathBuf>,
}

impl Settings {
    /// Faults that only show when the values are looked at: key and what is wrong.
    fn out_of_range(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        self.server.check(&mut faults);
        self.labelling.check(&mut faults);
        self.runtime.check(&mut faults);
        self.retention.check(&mut faults);
        self.log.check(&mut faults);
        self.telemetry.check(&mut faults);
        self.check_names(&mut faults);
        self.check_dispatch(&mut faults);
        faults
    }

    fn check_names(&self, faults: &mut Vec<(String, String)>) {
        let labelling = &self.labelling;
        let source = self.sources.get(&labelling.default_source);
        if source.is_none() && !self.sources.is_empty() {
            let known = self.sources.keys().cloned().collect::<Vec<_>>().join(", ");
            let problem = format!(
                "`{}` is not in `sources`: {known}",
                labelling.default_source
            );
            faults.push(("labelling.default_source".to_owned(), problem));
        }
        if let Some(source) = source
            && !source.tables.contains_key(&labelling.default_table)
        {
            let known = source.tables.keys().cloned().collect::<Vec<_>>().join(", ");
            let problem = format!(
                "`{}` is not among the tables of `{}`: {known}",
                labelling.default_table, labelling.default_source
            );
            faults.push(("labelling.default_table".to_owned(), problem));
        }
        if !self.outputs.contains_key(&labelling.default_output) && !self.outputs.is_empty() {
            let known = self.outputs.keys().cloned().collect::<Vec<_>>().join(", ");
            let problem = format!(
                "`{}` is not in `outputs`: {known}",
                labelling.default_output
            );
            faults.push(("labelling.default_output".to_owned(), problem));
        }
    }
}

/// The token that callers have to show, from the environment.
pub fn auth_token() -> Option<SecretString> {
    std::env::var("AUTH_TOKEN")
        .ok()
        .filter(|token| !token.trim().is_empty())
        .map(SecretString::from)
}

/// For `check`: a number that has to lie in a range.
fn expect_between(
    faults: &mut Vec<(String, String)>,
    key: &str,
    value: u64,
    range: std::ops::RangeInclusive<u64>,
) {
    if !range.contains(&value) {
        let problem = format!(
            "{value} is out of range, expected {} to {}",
            range.start(),
            range.end()
        );
        faults.push((key.to_owned(), problem));
    }
}
