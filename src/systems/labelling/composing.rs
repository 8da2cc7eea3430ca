//! What requests that are being composed share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

/// Requests whose rules are in memory at once: each may hold several megabytes of them.
const AT_ONCE: usize = 4;

/// Rule sets of which it is remembered that they can be compiled.
const REMEMBERED: usize = 64;

/// Clones share it.
#[derive(Clone)]
pub(super) struct Composing {
    pub(super) room: Arc<Semaphore>,
    /// Digests, the oldest first.
    compiled: Arc<Mutex<VecDeque<String>>>,
}

impl Default for Composing {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(AT_ONCE)),
            compiled: Arc::default(),
        }
    }
}

impl Composing {
    /// Compiles a rule set unless one with the same digest was compiled not long ago: most tasks
    /// have the rules of the one before.
    pub(super) fn check<E>(
        &self,
        digest: &str,
        compile: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let compiled = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if compiled().iter().any(|known| known == digest) {
            return Ok(());
        }
        compile()?;
        let mut compiled = compiled();
        if compiled.len() == REMEMBERED {
            compiled.pop_front();
        }
        compiled.push_back(digest.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_is_not_compiled_again_and_what_cannot_be_is_tried_again() {
        let composing = Composing::default();
        let mut compiled = 0;
        for no in [1, 1, 2, 1] {
            let check = composing.check(&format!("{no}"), || {
                compiled += 1;
                Ok::<(), ()>(())
            });
            assert!(check.is_ok());
        }
        assert_eq!(compiled, 2);
        assert_eq!(composing.check("bad", || Err("bad")), Err("bad"));
        assert_eq!(
            composing.check("bad", || Err("still bad")),
            Err("still bad")
        );
    }
}
