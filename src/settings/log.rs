//! `log`: how much is said, and for whom.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    #[default]
    Human,
    Json,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Human,
        }
    }
}

impl LogSettings {
    /// Unless another level was asked for, only warnings and errors are logged.
    pub fn be_quiet(&mut self) {
        if self.level == Self::default().level {
            self.level = "warn".to_owned();
        }
    }

    pub(super) fn check(&self, faults: &mut Vec<(String, String)>) {
        // The filter takes a word that is no level for the name of a module.
        let is_known =
            |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
        let known = self.level.split(',').all(is_known);
        if !known || EnvFilter::builder().parse(&self.level).is_err() {
            let problem = format!(
                "`{}` is not a level, expected off, error, warn, info, debug, trace, or a filter \
                 such as info,audience=debug",
                self.level
            );
            faults.push(("log.level".to_owned(), problem));
        }
    }
}
