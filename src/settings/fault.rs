//! What is wrong with the settings, and where.

use std::fmt;

use crate::printable::printable;
use crate::yaml::YamlFault;

/// One fault; it is shown on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFault {
    /// File with line, or the variable.
    pub place: String,
    /// With dots, e.g. `server.bind`; empty when the file as a whole is at fault.
    pub key: String,
    pub problem: String,
}

impl SettingsFault {
    pub(super) fn in_file(file: &str, fault: YamlFault) -> Self {
        Self {
            place: format!("{file}:{}", fault.position.line),
            key: fault.path,
            problem: fault.problem,
        }
    }
}

impl SettingsFault {
    /// A fault of an argument of the command line.
    pub fn of_flag(flag: &str, problem: impl Into<String>) -> Self {
        Self {
            place: flag.to_owned(),
            key: String::new(),
            problem: problem.into(),
        }
    }

    fn is_of_flag(&self) -> bool {
        self.place.starts_with("--")
    }
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            key,
            problem,
        } = self;
        let fault = match key.is_empty() {
            true => format!("{place}: {problem}"),
            false => format!("{place}: {key}: {problem}"),
        };
        formatter.write_str(&printable(&fault))
    }
}

/// All faults of the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} have faults:\n{}", what_has(faults), lines(faults))]
pub struct SettingsError {
    pub faults: Vec<SettingsFault>,
}

impl SettingsError {
    /// The faults of a file that an argument names.
    #[must_use]
    pub fn of_flag(mut self, flag: &str) -> Self {
        for fault in &mut self.faults {
            fault.place = format!("{flag} {}", fault.place);
        }
        self
    }

    /// An error, if there are any faults.
    pub fn if_any(faults: Vec<SettingsFault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self { faults })
        }
    }
}

fn what_has(faults: &[SettingsFault]) -> &'static str {
    match faults.iter().all(SettingsFault::is_of_flag) {
        true => "the arguments",
        false => "the settings",
    }
}

fn lines(faults: &[SettingsFault]) -> String {
    faults
        .iter()
        .map(|fault| format!("  {fault}"))
        .collect::<Vec<_>>()
        .join("\n")
}
