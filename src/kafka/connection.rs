//! Whether the broker can be reached, as all clients of one program together have found out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Clones are about the same broker.
#[derive(Clone, Debug, Default)]
pub struct Connection(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_away: bool,
    has_answered: bool,
    failures: u64,
    /// Why the last attempt failed; kept until one succeeds.
    reason: Option<String>,
}

impl Connection {
    /// Whether the broker has answered at all, and is not away.
    pub fn is_open(&self) -> bool {
        let state = self.state();
        state.has_answered && !state.is_away
    }

    /// Why it cannot be reached, as a sentence.
    pub fn trouble(&self) -> Option<String> {
        let state = self.state();
        let unknown = || "the broker does not answer".to_owned();
        state
            .is_away
            .then(|| state.reason.clone().unwrap_or_else(unknown))
    }

    /// An attempt to reach one server failed.
    pub(super) fn failed(&self, reason: String) {
        let mut state = self.state();
        state.failures += 1;
        state.reason = Some(reason);
    }

    /// No server can be reached.
    pub(super) fn lost(&self) {
        let mut state = self.state();
        state.failures += 1;
        state.is_away = true;
    }

    /// Attempts that have failed until now, for [`Connection::works`].
    pub(super) fn failures(&self) -> u64 {
        self.state().failures
    }

    /// The broker has answered a question that was asked when so many attempts had failed.
    pub(super) fn works(&self, failures: u64) {
        let mut state = self.state();
        // What has failed since then is newer.
        if state.failures == failures {
            state.is_away = false;
            state.has_answered = true;
            state.reason = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_until_an_answer_to_a_later_question() {
        let connection = Connection::default();
        assert_eq!(connection.trouble(), None);
        assert!(!connection.is_open());
        let asked = connection.failures();
        connection.failed("why".to_owned());
        assert_eq!(connection.trouble(), None, "other servers may be there");
        connection.lost();
        connection.works(asked);
        assert_eq!(connection.trouble().as_deref(), Some("why"));
        connection.works(connection.failures());
        assert!(connection.is_open());
        connection.lost();
        assert_eq!(
            connection.trouble().as_deref(),
            Some("the broker does not answer")
        );
    }
}
