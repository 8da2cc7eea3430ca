//! Why a model is not taken.

/// A sentence for the person who uploads a model: what cannot be read or computed, and what would help. It names
/// members and operators of the file, never a path of this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub message: String,
}

impl Refusal {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}
