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
//! Connections of which nothing is being served, or whose callers take nothing, make room for new ones,
//! silent and slow ones first. If there are none, a new connection becomes a spare one, on which health is
//! answered. So those who keep thousands of connections open keep nobody from an answer.
//!
//! Requests that are worked on, streams of events and downloads have [`Places`], which are kept until
//! the answer has been taken.

mod answering;
mod call;
mod caller;
mod download;
mod incoming;
mod io;
mod late;
mod link;
mod listen;
mod places;
mod refusals;
mod room;
mod serve;

use std::time::Duration;

pub(super) use call::BodyProgress;
pub(crate) use caller::Caller;
pub(crate) use download::DownloadPlace;
pub(super) use download::Downloads;
pub(super) use link::Link;
pub use listen::{bind, listen};
pub(super) use places::{Place, Places};
pub(super) use refusals::Refusals;
pub use serve::serve;
pub(super) use serve::{is_always_served, is_event_stream};

/// What shows how the server is doing is served however much it has to do.
pub(super) const ALWAYS_SERVED: [&str; 5] = [
    "/livez",
    "/readyz",
    "/metrics",
    "/v2/health/live",
    "/v2/health/ready",
];

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
    /// Streams of events that are open at the same time.
    pub streams_max: usize,
    /// Downloads that are sent at the same time.
    pub downloads_max: usize,
    /// Bytes of bodies that are in memory, of all requests together.
    pub bodies_bytes_max: usize,
}

impl Limits {
    /// As far as the limit of open files allows. Streams leave half of the connections to others.
    pub fn within_open_files(mut self) -> Self {
        self.connections_max = listen::connections_max(self.connections_max);
        self.streams_max = self.streams_max.min(self.connections_max / 2);
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            body_idle: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            connections_max: 8_192,
            requests_max: 4_096,
            streams_max: 1_024,
            downloads_max: 32,
            bodies_bytes_max: 320 << 20,
        }
    }
}
