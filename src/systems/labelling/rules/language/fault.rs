//! What is wrong with an expression, where, and what to write instead.

use strum::{IntoStaticStr, VariantArray};

/// A fault of a rule; `column` counts characters of its text, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: FaultCode,
    pub column: u32,
    pub message: String,
    pub advice: String,
}

/// What kind of fault it is. Each stops a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, VariantArray)]
pub enum FaultCode {
    /// Syntax.
    E01,
    /// An unknown key or match type.
    E02,
    /// Nothing is left of a text after folding.
    E03,
    /// A pattern: its syntax, its size, or that it matches nothing.
    E04,
    /// Not positive, or NEAR or cut of what cannot be.
    E05,
    /// An unknown list.
    E06,
    /// An id given twice.
    E07,
    /// A limit.
    E08,
}

impl FaultCode {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Fault {
    pub fn new(
        code: FaultCode,
        column: u32,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            code,
            column,
            message: message.into(),
            advice: advice.into(),
        }
    }
}

/// How much of a text a message shows.
const SHOWN_CHARS: usize = 30;

/// The beginning of a text, for a message.
pub fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let mut start: String = chars.by_ref().take(SHOWN_CHARS).collect();
    if chars.next().is_some() {
        start.push('…');
    }
    start
}
