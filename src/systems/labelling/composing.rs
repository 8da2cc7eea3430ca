//! What requests that are being composed share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests whose rules are in memory at once: each may hold several megabytes of them.
const AT_ONCE: usize = 4;

/// Rule sets of which it is remembered that they can be compiled.
const REMEMBERED: usize = 64;

/// Clones share it.
#[derive(Clone)]
pub(super) struct Composing {
    pub(super) room: Arc<Semaphore>,
    /// For the keywords that are compiled at once, in KiB: it takes much more than they do.
    to_compile: Arc<Semaphore>,
    kib_to_compile: u32,
    /// For patterns, one set at a time: what they take does not show in their length.
    patterns: Arc<Semaphore>,
    /// For the rows of a range that somebody asks for.
    pub(super) to_count: Arc<Semaphore>,
    /// Digests, the oldest first.
    compiled: Arc<Mutex<VecDeque<String>>>,
}

impl Composing {
    /// So many bytes of rules are compiled at once.
    pub(super) fn new(rules_bytes: usize) -> Self {
        let kib = kib(rules_bytes);
        Self {
            room: Arc::new(Semaphore::new(AT_ONCE)),
            to_compile: Arc::new(Semaphore::new(kib as usize)),
            kib_to_compile: kib,
            patterns: Arc::new(Semaphore::new(1)),
            to_count: Arc::new(Semaphore::new(1)),
            compiled: Arc::default(),
        }
    }

    /// Waits until so many bytes of keywords may be compiled; `None`: patterns. Nobody with keywords waits
    /// for those who compile patterns, which may take a minute.
    pub(super) async fn room_to_compile(
        &self,
        keyword_bytes: Option<usize>,
    ) -> Option<OwnedSemaphorePermit> {
        let permit = match keyword_bytes {
            Some(bytes) => {
                let wanted = kib(bytes).min(self.kib_to_compile);
                Arc::clone(&self.to_compile).acquire_many_owned(wanted)
            }
            None => Arc::clone(&self.patterns).acquire_many_owned(1),
        };
        // It is never closed.
        permit.await.ok()
    }

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

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).map_or(u32::MAX, |kib| kib.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_is_not_compiled_again_and_what_cannot_be_is_tried_again() {
        let composing = Composing::new(1 << 20);
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
