//! What is known of one connection: what it waits for, and since when.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use poem::Request;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Limits;
use super::call::{Call, Doing};
use super::incoming::Incoming;

/// An accepted connection, shared by those who serve it and those who watch it.
pub(in crate::http) struct Link {
    pub(super) stream: TcpStream,
    closing: Notify,
    state: Mutex<State>,
}

struct State {
    incoming: Incoming,
    /// Requests that are being served; several at once with HTTP/2.
    calls: HashMap<u64, Doing>,
    last_call: u64,
    has_served: bool,
    /// Whether it has no place among those that may be open.
    is_spare: bool,
    /// When the last byte of a request came, or the last answer ended.
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

const SILENT: u8 = 0;
const STUCK: u8 = 1;
const IDLE: u8 = 2;
const SENDING: u8 = 3;
const SLOW_TAKING: u8 = 4;

/// A caller that has taken nothing for this long does not count as served.
const BLOCKED: Duration = Duration::from_secs(5);
/// What has not moved for this long counts as slow.
const SLOW: Duration = Duration::from_secs(1);
/// How long a spare connection is kept while nothing is being served on it.
const SPARE_IDLE: Duration = Duration::from_secs(2);

impl Link {
    pub(super) fn new(stream: TcpStream, is_spare: bool) -> Self {
        Self {
            stream,
            closing: Notify::new(),
            state: Mutex::new(State {
                incoming: Incoming::default(),
                calls: HashMap::new(),
                last_call: 0,
                has_served: false,
                is_spare,
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

    /// Of a request that came over one.
    pub(in crate::http) fn of(request: &Request) -> Option<&Arc<Self>> {
        request.extensions().get::<Arc<Self>>()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks those who serve it to close it.
    pub(super) fn ask_to_close(&self) {
        self.closing.notify_one();
    }

    pub(super) async fn asked_to_close(&self) {
        self.closing.notified().await;
    }

    pub(super) fn is_spare(&self) -> bool {
        self.state().is_spare
    }

    pub(super) fn has_got_place(&self) {
        self.state().is_spare = false;
    }

    pub(super) fn is_http2(&self) -> bool {
        self.state().incoming.is_http2()
    }

    pub(super) fn has_read(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let (mut state, now) = (self.state(), Instant::now());
        state.incoming.follow(bytes);
        if state.incoming.is_http2() {
            // There is more than requests, which makes a connection no busier.
            let is_in_head = state.incoming.is_in_head();
            state.head = is_in_head.then(|| state.head.unwrap_or(now));
            return;
        }
        state.active = now;
        if state.calls.is_empty() {
            state.head = state.head.or(Some(now));
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
        let (mut state, now) = (self.state(), Instant::now());
        if !state.incoming.is_http2() {
            state.head = None;
        }
        state.active = now;
        state.last_call += 1;
        let no = state.last_call;
        let doing = match has_body {
            true => Doing::Receiving(now),
            false => Doing::Working,
        };
        state.calls.insert(no, doing);
        Call::new(Arc::clone(self), no, has_body)
    }

    pub(super) fn does(&self, call: u64, doing: Doing) {
        let mut state = self.state();
        if let Doing::Receiving(now) = doing {
            state.active = now;
        }
        if let Some(known) = state.calls.get_mut(&call) {
            *known = doing;
        }
    }

    pub(super) fn end(&self, call: u64, had_body: bool) {
        let (mut state, now) = (self.state(), Instant::now());
        state.calls.remove(&call);
        state.has_served = true;
        state.active = now;
        // What came behind the request has been read together with it.
        if !state.incoming.is_http2()
            && state.calls.is_empty()
            && !had_body
            && state.incoming.is_in_head()
        {
            state.head = Some(now);
        }
    }

    /// Until when to wait, and what has happened then; `None`: something is being served.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<(Instant, Closing)> {
        let state = self.state();
        if let Some(since) = state.blocked {
            return Some((since + limits.idle, Closing::Idle));
        }
        if let Some(since) = state.head {
            return Some((since + limits.header_timeout, Closing::Late));
        }
        if state.calls.is_empty() {
            let idle = match state.is_spare {
                true => SPARE_IDLE,
                false => limits.idle,
            };
            return Some((state.active + idle, Closing::Idle));
        }
        let untaken = state.calls.values().map(|doing| doing.untaken_since());
        let since = untaken.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        Some((since + limits.idle, Closing::Idle))
    }

    /// `None`: it is being served, and is not closed for others.
    pub(super) fn worth(&self, now: Instant) -> Option<Worth> {
        let state = self.state();
        let is_past = |since: Instant, most| now.saturating_duration_since(since) >= most;
        let untaken = |since| match (is_past(since, BLOCKED), is_past(since, SLOW)) {
            (true, _) => Some((STUCK, since)),
            (false, true) => Some((SLOW_TAKING, since)),
            (false, false) => None,
        };
        if let Some(worth) = state.blocked.and_then(untaken) {
            return Some(worth);
        }
        if state.calls.is_empty() {
            // What has just been accepted, or begun, gets the time to be read.
            let class = match state.has_served && state.head.is_none() {
                true => IDLE,
                false if is_past(state.active, SLOW) => SILENT,
                false => SENDING,
            };
            return Some((class, state.active));
        }
        let calls = || state.calls.values();
        let waiting = calls().map(|doing| doing.waits_since());
        let since = waiting.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        if calls().any(|doing| doing.untaken_since().is_some()) {
            return untaken(since);
        }
        let class = if is_past(since, SLOW) { STUCK } else { SENDING };
        Some((class, since))
    }

    /// Since when the caller has taken nothing of any answer, if so for a while, and nothing else is
    /// being done for it.
    pub(super) fn takes_nothing_since(&self, now: Instant) -> Option<Instant> {
        let (class, since) = self.worth(now)?;
        let is_answered = {
            let state = self.state();
            state.blocked.is_some() || state.calls.values().any(|doing| doing.is_answering())
        };
        (is_answered && matches!(class, STUCK | SLOW_TAKING)).then_some(since)
    }

    /// What the caller of a connection that is closed for others gets.
    pub(super) fn closing(&self) -> Closing {
        let state = self.state();
        let is_receiving = state.calls.values().any(|doing| doing.is_receiving());
        match state.blocked.is_none() && (state.head.is_some() || is_receiving) {
            true => Closing::Late,
            false => Closing::Idle,
        }
    }
}
