//! What is wrong with a message.

/// A sentence that begins with the member of the message that it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}")]
    Invalid(String),
    #[error("expected at most {most} rows, found {found}")]
    TooManyRows { most: usize, found: u64 },
}

impl Fault {
    pub(super) fn at(place: &str, what: impl AsRef<str>) -> Self {
        Self::Invalid(format!("{place}: {}", what.as_ref()))
    }
}
