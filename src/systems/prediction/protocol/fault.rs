//! What is wrong with a message.

/// A sentence that begins with the member of the message that it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(pub String);

impl Fault {
    pub(super) fn at(place: &str, what: impl AsRef<str>) -> Self {
        Self(format!("{place}: {}", what.as_ref()))
    }
}
