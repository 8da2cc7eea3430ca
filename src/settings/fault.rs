//! What is wrong with the settings, and where.

use std::fmt;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File with line, or the variable.
    pub place: String,
    /// With dots, e.g. `server.bind`; empty when the file as a whole is at fault.
    pub key: String,
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            key,
            problem,
        } = self;
        if key.is_empty() {
            write!(formatter, "{place}: {problem}")
        } else {
            write!(formatter, "{place}: {key}: {problem}")
        }
    }
}

/// All faults of the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings have faults:\n{}", lines(faults))]
pub struct SettingsError {
    pub faults: Vec<Fault>,
}

fn lines(faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| format!("  {fault}"))
        .collect::<Vec<_>>()
        .join("\n")
}
