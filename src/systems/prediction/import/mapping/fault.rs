//! What is wrong with a mapping, and where.

use std::fmt;

use crate::yaml::{Position, YamlFault};

/// One fault of a mapping file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct MappingFault {
    /// From 1, as is the column.
    pub line: u32,
    pub column: u32,
    /// The key with those that enclose it, such as `tables[0].columns.region`; empty for the file.
    pub key: String,
    /// What was found and what was expected.
    pub problem: String,
}

impl MappingFault {
    pub(crate) fn at(
        position: Position,
        key: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        Self {
            line: position.line,
            column: position.column,
            key: key.into(),
            problem: problem.into(),
        }
    }
}

impl From<YamlFault> for MappingFault {
    fn from(fault: YamlFault) -> Self {
        Self::at(fault.position, fault.path, fault.problem)
    }
}

/// Callers print the name of the file and `:` in front of it.
impl fmt::Display for MappingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        match self.key.as_str() {
            "" => f.write_str(&self.problem),
            key => write!(f, "{key}: {}", self.problem),
        }
    }
}
