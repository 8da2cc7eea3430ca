//! Why a graph cannot be read or computed.

use crate::models::refusal::Refusal;

/// Why the file of a model is not taken by the evaluators here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The graph may be sound, but something in it is not computed here: ONNX Runtime may do it.
    Unsupported(String),
    /// The file is broken, or does not fit what is said of it.
    Invalid(String),
}

impl Trouble {
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::Unsupported(message.into())
    }

    /// Says at which node it was found.
    pub fn at(self, place: &str) -> Self {
        match self {
            Self::Unsupported(message) => Self::Unsupported(format!("{place}: {message}")),
            Self::Invalid(message) => Self::Invalid(format!("{place}: {message}")),
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault.0)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal.message)
    }
}

/// Why an operator cannot compute: tensors of the wrong type or shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl Fault {
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
