//! Why a call, or a page, got no good answer. Messages are shown to people: no URLs, which may hold secrets.

use std::time::Duration;

/// Of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallFault {
    /// Another call may be answered well.
    Transient(String),
    /// The platform asks for patience, for so long if it says so. This is no failed try.
    RateLimited(Option<Duration>),
    /// It does not accept who we are: it is not asked any more.
    Auth(String),
    /// It has answered often enough: it is not asked any more.
    Quota(String),
    /// There is no such page, or it never is answered well.
    Final(String),
}

/// Of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageFault {
    /// The page has failed.
    Failed(String),
    /// The platform is not asked any more: all open pages of the brief fail.
    Stopped(String),
}
