//! Settings: YAML files by environment, overridden by variables.
//!
//! One struct a section, each with its defaults. Nothing else in the program reads the
//! environment. A start with faulty settings stops and names each fault with its file, line
//! and key, and what was expected.

mod fault;
mod key_lines;
mod labelling;
mod load;
mod log;
mod retention;
mod runtime;
mod server;
mod stores;

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use fault::{Fault, SettingsError};
pub use labelling::{Groups, LabellingSettings, UnmappedSetting};
pub use load::{Loaded, groups_file};
pub use log::{LogFormat, LogSettings};
pub use retention::RetentionSettings;
pub use runtime::{AT_ONCE_MAX, RuntimeSettings};
pub use server::ServerSettings;
pub use stores::{ColumnRole, DatabaseSettings, OutputSettings, SourceSettings, TableSettings};

/// Everything that can be set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub server: ServerSettings,
    pub database: DatabaseSettings,
    pub sources: stores::ByName<SourceSettings>,
    pub outputs: stores::ByName<OutputSettings>,
    pub labelling: LabellingSettings,
    pub runtime: RuntimeSettings,
    pub retention: RetentionSettings,
    pub log: LogSettings,
}

/// From where settings are read.
#[derive(Clone, Debug, Default)]
pub struct SettingsPlace {
    /// Directory of the files; `None`: `settings` if it exists, else the built-in defaults.
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
        self.check_names(&mut faults);
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
