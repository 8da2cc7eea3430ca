//! Why a page was not fetched: a sentence for people, without a URL, in which there may be a secret.

use crate::fetch::guarded::{AddressFault, BodyFault, GuardedFault};

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(transparent)]
    Address(#[from] AddressFault),
    #[error("{host} leads on to another place more than {most} times")]
    TooManyRedirects { host: String, most: usize },
    #[error("{host} answered {status} without saying where the page is")]
    NoTarget { host: String, status: u16 },
    #[error("{host} leads on to a place that is not asked: {fault}")]
    Target { host: String, fault: AddressFault },
    #[error("a URL at {host} has a secret of another host in it; it was not asked")]
    SecretElsewhere { host: String },
    #[error(
        "robots.txt of {host} does not allow {path} for {agent}; `polite: {{robots: ignore}}` asks all the same"
    )]
    NotAllowed {
        host: String,
        path: String,
        agent: String,
    },
    #[error("robots.txt of {host} could not be read, so that nothing is fetched from it: {why}")]
    NoRobots { host: String, why: Box<FetchError> },
    #[error("{host} answered {status}")]
    Status { host: String, status: u16 },
    /// A success, but not with a whole page.
    #[error("{host} answered {status}, {what}")]
    NoPage {
        host: String,
        status: u16,
        what: &'static str,
    },
    #[error("{host} asks to wait until {until}; a test waits {seconds} s at the longest")]
    AsksToWait {
        host: String,
        until: String,
        seconds: u64,
    },
    #[error(
        "{host} is asked by other scrapes; a test waits {seconds} s for its turn at the longest"
    )]
    Busy { host: String, seconds: u64 },
    #[error("{host} does not answer within {seconds} s")]
    TooSlow { host: String, seconds: f64 },
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    #[error("the answer of {host} broke off")]
    BrokenOff { host: String },
    #[error("{host}: {fault}")]
    Body { host: String, fault: BodyFault },
    #[error("the header {name} has a value that cannot be sent; expected printable characters")]
    Header { name: String },
    #[error("the client for HTTP cannot be made")]
    Client,
}

impl From<GuardedFault> for FetchError {
    fn from(fault: GuardedFault) -> Self {
        match fault {
            GuardedFault::Address(fault) => Self::Address(fault),
            GuardedFault::TooSlow { host, seconds } => Self::TooSlow { host, seconds },
            GuardedFault::Unreachable { host, why } => Self::Unreachable { host, why },
            GuardedFault::BrokenOff { host } => Self::BrokenOff { host },
            GuardedFault::Body { host, fault } => Self::Body { host, fault },
            GuardedFault::Client => Self::Client,
        }
    }
}

impl FetchError {
    /// Whether trying again can help. No `_` arm: a new variant has to choose.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Address(AddressFault::UnknownHost { .. })
            | Self::AsksToWait { .. }
            | Self::Busy { .. }
            | Self::TooSlow { .. }
            | Self::Unreachable { .. }
            | Self::BrokenOff { .. } => true,
            Self::NoRobots { why, .. } => why.is_transient(),
            Self::Status { status, .. } => {
                matches!(status, 408 | 429 | 500..=599)
            }
            Self::Address(
                AddressFault::NotAUrl | AddressFault::Port { .. } | AddressFault::NotPublic { .. },
            )
            | Self::TooManyRedirects { .. }
            | Self::NoTarget { .. }
            | Self::NoPage { .. }
            | Self::Target { .. }
            | Self::SecretElsewhere { .. }
            | Self::NotAllowed { .. }
            | Self::Body { .. }
            | Self::Header { .. }
            | Self::Client => false,
        }
    }

    /// Whether the site says that there is no such page.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::Status {
                status: 404 | 410,
                ..
            } | Self::NoPage { status: 204, .. }
        )
    }
}
