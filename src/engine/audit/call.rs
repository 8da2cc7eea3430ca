//! One call that is recorded while it is worked on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::audit;

use super::{AuditLog, CallKey, Recording};
use crate::clock;
use crate::engine::store::audit::{Recorded, recording};
use crate::engine::store::{StoreError, new_audit_id};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 255;

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallEnd {
    /// `done`, `refused` or `failed`.
    pub result: &'static str,
    /// Of the answer over HTTP, where it says more than the result.
    pub status: Option<u16>,
}

impl CallEnd {
    pub const DONE: Self = Self {
        result: "done",
        status: None,
    };
    pub const FAILED: Self = Self {
        result: "failed",
        status: None,
    };
    /// All results.
    pub const RESULTS: [&str; 3] = ["done", "refused", "failed"];

    pub fn of_status(status: u16) -> Self {
        let result = match status {
            0..=399 => "done",
            401 | 403 | 415 | 421 | 429 => "refused",
            _ => "failed",
        };
        let status = (result != Self::DONE.result).then_some(status);
        Self { result, status }
    }

    /// Of what is done without a server.
    pub fn of_result<T, E>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::DONE,
            Err(_) => Self::FAILED,
        }
    }

    fn is_done(self) -> bool {
        self.result == Self::DONE.result
    }
}

/// A call that is worked on.
pub struct AuditedCall {
    log: AuditLog,
    recording: Recording,
    state: Mutex<State>,
}

struct State {
    key: CallKey,
    id: String,
    at: i64,
    is_stored: bool,
    /// The status of an answer that says so in its body only.
    failed: Option<u16>,
}

impl AuditedCall {
    pub(super) fn new(log: AuditLog, key: CallKey, recording: Recording) -> Self {
        Self {
            log,
            recording,
            state: Mutex::new(State {
                key,
                id: new_audit_id(),
                at: clock::now_micros(),
                is_stored: false,
                failed: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the work of the call. `end` says what came of it.
    ///
    /// An error: it was to be recorded before, or has failed after it was, and the store is away.
    pub async fn work<T>(
        self: &Arc<Self>,
        work: impl Future<Output = T>,
        end: impl FnOnce(&T) -> CallEnd,
    ) -> Result<T, StoreError> {
        if self.recording == Recording::Before {
            self.log.put(self.model(CallEnd::DONE)).await?;
            self.state().is_stored = true;
        }
        let call: Arc<dyn Recorded> = Arc::<Self>::clone(self);
        let done = recording(call, work).await;
        self.end(end(&done)).await?;
        Ok(done)
    }

    async fn end(&self, end: CallEnd) -> Result<(), StoreError> {
        let (key, is_stored, failed) = {
            let state = self.state();
            (state.key.clone(), state.is_stored, state.failed)
        };
        let end = failed.map_or(end, CallEnd::of_status);
        match (end.is_done(), self.recording) {
            (true, Recording::ByHour) => {
                self.log.count(|alike, now| alike.done(key, end, now));
            }
            (true, Recording::Each | Recording::Before) if is_stored => {}
            (true, Recording::Each | Recording::Before) => {
                // It has changed nothing in the store, which may be away: then it is stored later.
                if self.log.put(self.model(end)).await.is_err() {
                    self.log.count(|alike, now| alike.done(key, end, now));
                }
            }
            // It may have changed something before.
            (false, Recording::Each | Recording::Before) if is_stored => {
                self.log.put(self.model(end)).await?;
            }
            (false, _) => self.log.count(|alike, now| alike.refused(key, end, now)),
        }
        Ok(())
    }

    fn model(&self, end: CallEnd) -> audit::Model {
        let state = self.state();
        let now = clock::now_micros();
        row(&state.key, &state.id, (state.at, now.max(state.at)), end)
    }
}

/// A row for one call.
pub(super) fn row(
    key: &CallKey,
    id: &str,
    (at, until_at): (i64, i64),
    end: CallEnd,
) -> audit::Model {
    audit::Model {
        id: id.to_owned(),
        at,
        until_at,
        count: 1,
        who: key
            .who
            .as_ref()
            .map(|who| who.chars().take(NAME_CHARS_MAX).collect()),
        operation: key.operation.clone(),
        what: key.what.clone(),
        address: key.address.clone(),
        result: end.result.to_owned(),
        status: end.status.map(i32::from),
    }
}

impl Recorded for AuditedCall {
    fn row(&self) -> Option<audit::Model> {
        match self.recording {
            Recording::Each | Recording::Before => {
                let is_stored = self.state().is_stored;
                (!is_stored).then(|| self.model(CallEnd::DONE))
            }
            Recording::ByHour => {
                let key = self.state().key.clone();
                self.log.count(|alike, now| alike.first(key, now))
            }
        }
    }

    fn is_stored(&self) {
        match self.recording {
            Recording::Each | Recording::Before => self.state().is_stored = true,
            Recording::ByHour => {
                let key = self.state().key.clone();
                self.log.count(|alike, _| alike.is_stored(&key));
            }
        }
    }

    fn is_about(&self, what: String) {
        // Callers name what they like, and not every database can hold that.
        let shown = what.chars().filter(|letter| !letter.is_control());
        self.state().key.what = Some(shown.take(NAME_CHARS_MAX).collect());
    }

    fn is_by(&self, who: String) {
        self.state().key.who = Some(who);
    }

    fn who(&self) -> Option<String> {
        self.state().key.who.clone()
    }

    fn has_failed(&self, status: u16) {
        self.state().failed = Some(status);
    }
}
