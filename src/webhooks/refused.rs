//! Why a delivery was refused.

/// Sentences for people; they hold nothing of the secret or the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the header {0} is missing")]
    Missing(&'static str),
    #[error("the header {0} is given more than once")]
    Twice(&'static str),
    #[error("the header {name}: expected {expected}")]
    Malformed {
        name: &'static str,
        expected: &'static str,
    },
    #[error("the signature does not fit: another secret, or another body")]
    Wrong,
    #[error(
        "the time stamp of the delivery is more than five minutes away from the clock of this server"
    )]
    Time,
    #[error("the secret of this hook {0}")]
    Secret(&'static str),
    /// Signed, but not what the forge sends.
    #[error("the body {0}")]
    Body(String),
}

impl Refused {
    /// Whether it is not known who has sent it.
    pub(crate) fn is_unauthorized(&self) -> bool {
        match self {
            Self::Missing(_)
            | Self::Twice(_)
            | Self::Malformed { .. }
            | Self::Wrong
            | Self::Time
            | Self::Secret(_) => true,
            Self::Body(_) => false,
        }
    }
}
