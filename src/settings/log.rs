//! `log`: how much is logged, and in which form.

use serde::Deserialize;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::Problems;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    pub level: String,
    pub format: LogFormat,
    /// What is shown at most, of what is logged; `None`: all of it.
    #[serde(skip)]
    pub shown: Option<Level>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
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
            shown: None,
        }
    }
}

impl LogSettings {
    /// Unless another level was asked for, only warnings and errors are shown. Jobs keep all their lines.
    pub fn be_quiet(&mut self) {
        self.show(Level::WARN);
    }

    /// Unless another level was asked for, only errors are shown: what a command prints says the rest.
    pub fn be_silent(&mut self) {
        self.show(Level::ERROR);
    }

    fn show(&mut self, most: Level) {
        if self.level == Self::default().level {
            self.shown = Some(most);
        }
    }

    pub(super) fn check(&self, log: &mut Problems<'_>) {
        if let Some(problem) = level_fault(&self.level) {
            log.add("level", problem);
        }
    }
}

/// What is wrong with a level; `None`: it is valid.
pub fn level_fault(level: &str) -> Option<String> {
    /// Characters of the longest filter: it names some modules, not all.
    const CHARS_MAX: usize = 1_000;
    // The filter reads a word that is not a level as the name of a module, and an empty one as `error`.
    let is_known = |part: &str| {
        part.contains('=') || (!part.is_empty() && part.trim().parse::<LevelFilter>().is_ok())
    };
    let known = level.len() <= CHARS_MAX && level.split(',').all(is_known);
    if known && EnvFilter::builder().parse(level).is_ok() {
        return None;
    }
    let shown: String = level.chars().take(100).collect();
    Some(format!(
        "`{shown}` is not a level, expected off, error, warn, info, debug, trace, or a filter such as \
         info,audience=debug"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_word_or_a_filter() {
        for level in [
            "off",
            "info",
            "TRACE",
            "info,audience=debug",
            "warn,audience::engine::runtime=trace,sqlx=off",
        ] {
            assert_eq!(level_fault(level), None, "{level}");
        }
        for wrong in ["", "loud", "info,", "info,audience=loud", "info debug"] {
            let found = level_fault(wrong).unwrap();
            assert!(found.contains("expected off, error,"), "{wrong}: {found}");
        }
        assert!(level_fault(&"a=info,".repeat(1_000)).is_some());
    }
}
