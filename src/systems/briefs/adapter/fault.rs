//! What is wrong with an adapter, and where.

use std::fmt;

use crate::yaml::{Position, YamlFault};

/// One fault of the file of an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdapterFault {
    /// From 1, as is the column.
    pub line: u32,
    pub column: u32,
    /// The key with those that enclose it, such as `request.path`; empty for the file.
    pub key: String,
    /// What was found and what was expected.
    pub problem: String,
}

impl AdapterFault {
    pub(super) fn at(position: Position, key: &str, problem: impl Into<String>) -> Self {
        Self {
            line: position.line,
            column: position.column,
            key: key.to_owned(),
            problem: problem.into(),
        }
    }
}

impl From<YamlFault> for AdapterFault {
    fn from(fault: YamlFault) -> Self {
        Self::at(fault.position, &fault.path, fault.problem)
    }
}

/// Callers print the name of the file and `:` in front of it.
impl fmt::Display for AdapterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        match self.key.as_str() {
            "" => f.write_str(&self.problem),
            key => write!(f, "{key}: {}", self.problem),
        }
    }
}
