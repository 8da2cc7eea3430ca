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
#[error("the settings have faults:\n{}", lines(faults))]
pub struct SettingsError {
    pub faults: Vec<SettingsFault>,
}

impl SettingsError {
    /// An error, if there are any faults.
    pub fn if_any(faults: Vec<SettingsFault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self { faults })
        }
    }
}

fn lines(faults: &[SettingsFault]) -> String {
    faults
        .iter()
        .map(|fault| format!("  {fault}"))
        .collect::<Vec<_>>()
        .join("\n")
}
