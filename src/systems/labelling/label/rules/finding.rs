//! What can be wrong with a rule set, and where.

use std::fmt;
use std::path::PathBuf;

/// A fault or a warning about one place in the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub place: Place,
    /// One line, lower case; holds no path of the host.
    pub reason: String,
}

/// Where a rule was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File {
        /// The path as the caller gave it.
        path: PathBuf,
        /// The path below the caller's directory: it shows nothing of the host.
        name: String,
        line: Option<usize>,
    },
    /// A value of a request body, such as `pattern.female[3]`.
    Value(String),
}

/// Why a rule set, or its matcher, could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RuleSetError {
    #[error("{}", all(faults, ToString::to_string))]
    Invalid { faults: Vec<Finding> },
    #[error("the stored rule set does not hold together: {reason}")]
    Stored { reason: String },
    #[error(
        "compiling the rules takes longer than labelling.rules_compile_max_s allows: {seconds} s"
    )]
    TooLong { seconds: u64 },
    #[error(
        "the compiled rules take {bytes} bytes of memory, and labelling.rules_memory_max allows \
         {bytes_max}"
    )]
    TooLarge { bytes: usize, bytes_max: usize },
    #[error("nobody waits for the rules any more")]
    Stopped,
    #[error("failed to build the automaton of {rules} keywords: {reason}")]
    Keywords { rules: usize, reason: String },
    #[error("failed to compile the {patterns} patterns of label `{label}`: {reason}")]
    Patterns {
        label: String,
        patterns: usize,
        reason: String,
    },
}

impl Finding {
    /// The finding without the path of the host: for callers of the API.
    pub fn without_path(&self) -> String {
        format!("{}: {}", self.place.without_path(), self.reason)
    }
}

impl Place {
    /// The place without the path of the host.
    pub fn without_path(&self) -> String {
        match self {
            Self::File { name, line, .. } => with_line(name, *line),
            Self::Value(value) => value.clone(),
        }
    }

    pub fn line(&self) -> Option<usize> {
        match self {
            Self::File { line, .. } => *line,
            Self::Value(_) => None,
        }
    }

    /// How a finding about `other` refers to this place: briefly, if both are in one file.
    pub(super) fn seen_from(&self, other: &Self) -> String {
        match (self, other) {
            (
                Self::File {
                    path,
                    line: Some(line),
                    ..
                },
                Self::File { path: same, .. },
            ) if path == same => format!("line {line}"),
            _ => self.without_path(),
        }
    }
}

impl RuleSetError {
    /// Everything that is wrong with the rules, in the order it was found.
    pub fn faults(&self) -> &[Finding] {
        match self {
            Self::Invalid { faults } => faults,
            Self::Stored { .. }
            | Self::TooLong { .. }
            | Self::TooLarge { .. }
            | Self::Stopped
            | Self::Keywords { .. }
            | Self::Patterns { .. } => &[],
        }
    }

    /// The message without paths of the host: for callers of the API.
    pub fn without_paths(&self) -> String {
        match self {
            Self::Invalid { faults } => all(faults, Finding::without_path),
            Self::Stored { .. }
            | Self::TooLong { .. }
            | Self::TooLarge { .. }
            | Self::Stopped
            | Self::Keywords { .. }
            | Self::Patterns { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, .. } => {
                f.write_str(&with_line(&path.display().to_string(), *line))
            }
            Self::Value(value) => f.write_str(value),
        }
    }
}

fn with_line(file: &str, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    }
}

fn all(faults: &[Finding], print: impl Fn(&Finding) -> String) -> String {
    faults.iter().map(print).collect::<Vec<_>>().join("; ")
}
