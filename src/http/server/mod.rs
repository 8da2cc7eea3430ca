//! Accepts connections and serves requests on them, within limits.
//!
//! ```text
//!            accepted
//!               ▼                 a byte of a request
//!     ┌─────► idle ─────────────► head ──── header_timeout ──► 408
//!     │         │ idle, or its      │ complete
//!     │         ▼ place is needed   ▼
//!     │       closed             serving ── no byte of the body for body_idle ──► 408
//!     └───────────────────────────┘ answered
//! ```
//!
//! Connections of which nothing is being served make room for new ones, silent and slow ones first: so
//! those who keep thousands of them open keep nobody from an answer.

mod caller;
mod io;
mod late;
mod link;
mod listen;
mod room;
mod serve;

use std::time::Duration;

pub(crate) use caller::Caller;
pub(super) use link::Link;
pub use listen::listen;
pub use serve::serve;

/// How much is served at once, and how long is waited for a caller.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For the head of a request, from its first byte on.
    pub header_timeout: Duration,
    /// For the next byte of a body.
    pub body_idle: Duration,
    /// For the next request on a connection, and for a caller to take what is sent.
    pub idle: Duration,
    pub connections_max: usize,
    /// Requests that are worked on at the same time.
    pub requests_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            body_idle: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            connections_max: 8_192,
            requests_max: 4_096,
        }
    }
}
