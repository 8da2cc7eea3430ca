//! What is wrong with a YAML text, and where.

use std::fmt;

use super::node::Position;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlFault {
    pub position: Position,
    /// The key at fault with the keys that enclose it, such as `server.bind` or `labels[0]`; for an
    /// unknown or repeated key the mapping that holds it. Empty for the text as a whole.
    pub path: String,
    /// The same, but with the key itself where it is unknown or repeated.
    pub entry: String,
    /// What was found and what was expected.
    pub problem: String,
}

impl YamlFault {
    pub(super) fn of_text(position: Position, problem: impl Into<String>) -> Self {
        Self {
            position,
            path: String::new(),
            entry: String::new(),
            problem: problem.into(),
        }
    }
}

/// Without the position, which callers print in front of it, behind the name of their file.
impl fmt::Display for YamlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.problem),
            path => write!(f, "{path}: {}", self.problem),
        }
    }
}
