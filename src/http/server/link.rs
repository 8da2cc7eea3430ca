//! What is known of one connection: what it waits for, and since when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Limits;

/// An accepted connection, shared by those who serve it and those who watch it.
pub(in crate::http) struct Link {
    pub(super) stream: TcpStream,
    /// Asks those who serve it to let go of it.
    pub(super) closing: Notify,
    state: Mutex<State>,
}

struct State {
    /// Requests that are being served; several at once with HTTP/2.
    calls: usize,
    /// Of these, those whose body has not come to its end.
    bodies: usize,
    has_served: bool,
    is_http2: bool,
    /// When the last byte came, or the last answer ended.
    active: Instant,
    /// Since when the head of a request has been coming in.
    head: Option<Instant>,
    /// Since when the caller has not taken what is sent.
    blocked: Option<Instant>,
}

/// Why a connection is closed by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// What was to come did not come in time: the caller is answered.
    Late,
    /// Nothing was to come.
    Idle,
}

/// How willingly a connection is closed for others: the least first.
pub(super) type Worth = (u8, Instant);

/// A caller that has taken nothing for this long does not count as served.
const BLOCKED: Duration = Duration::from_secs(5);
/// A body of which nothing has come for this long counts as slow.
const SLOW: Duration = Duration::from_secs(1);

impl Link {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            closing: Notify::new(),
            state: Mutex::new(State {
                calls: 0,
                bodies: 0,
                has_served: false,
                is_http2: false,
                active: Instant::now(),
                head: None,
                blocked: None,
            }),
        }
    }

    /// Closes the connection at once. What the caller has not taken by now is dropped, and it sees that.
    pub(in crate::http) fn cut(&self) {
        // On one that is closed already there is nothing to drop.
        self.stream.set_zero_linger().ok();
        self.closing.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_read(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut state = self.state();
        state.active = Instant::now();
        if state.calls == 0 && !state.has_served && bytes.starts_with(b"PRI * HTTP/2.0") {
            state.is_http2 = true;
        }
        // On HTTP/2 there is more than requests.
        if state.calls == 0 && !state.is_http2 {
            state.head = state.head.or(Some(state.active));
        }
    }

    pub(super) fn has_written(&self) {
        self.state().blocked = None;
    }

    pub(super) fn is_blocked(&self) {
        let mut state = self.state();
        state.blocked = state.blocked.or_else(|| Some(Instant::now()));
    }

    /// A request has come; what is returned is dropped when it has been answered.
    pub(super) fn begin(self: &Arc<Self>, has_body: bool) -> Call {
        let mut state = self.state();
        state.head = None;
        state.calls += 1;
        state.bodies += usize::from(has_body);
        Call {
            link: Arc::clone(self),
            has_body,
        }
    }

    /// The body of a request has come to its end.
    pub(in crate::http) fn has_body(&self) {
        let mut state = self.state();
        state.bodies = state.bodies.saturating_sub(1);
    }

    /// Until when to wait, and what has happened then; `None`: something is being served.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<(Instant, Closing)> {
        let state = self.state();
        match (state.blocked, state.head) {
            (Some(since), _) => Some((since + limits.idle, Closing::Idle)),
            (None, _) if state.calls > 0 => None,
            (None, Some(since)) => Some((since + limits.header_timeout, Closing::Late)),
            (None, None) => Some((state.active + limits.idle, Closing::Idle)),
        }
    }

    /// `None`: it is being served, and is not closed for others.
    pub(super) fn worth(&self, now: Instant) -> Option<Worth> {
        let state = self.state();
        let is_past = |since: Instant, most| now.saturating_duration_since(since) >= most;
        let class = if state.blocked.is_some_and(|since| is_past(since, BLOCKED)) {
            4
        } else if state.bodies > 0 && state.bodies == state.calls {
            1 + 2 * u8::from(!is_past(state.active, SLOW))
        } else if state.calls > 0 {
            return None;
        } else {
            2 * u8::from(state.has_served && state.head.is_none())
        };
        Some((class, state.active))
    }

    /// What a connection that is closed for others is told.
    pub(super) fn closing(&self) -> Closing {
        let state = self.state();
        match state.blocked.is_none() && (state.head.is_some() || state.bodies > 0) {
            true => Closing::Late,
            false => Closing::Idle,
        }
    }
}

/// A request that is being served.
pub(super) struct Call {
    link: Arc<Link>,
    has_body: bool,
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.link.state();
        state.calls -= 1;
        if self.has_body {
            state.bodies = state.bodies.min(state.calls);
        }
        state.has_served = true;
        state.active = Instant::now();
    }
}
