//! Finds an executor that does not answer any more, frozen for example, and ends it.
//!
//! It is asked for a sign of life again and again. Only a row of questions without an answer counts: a
//! server that was frozen itself begins to count when it continues.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::UnixStream;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::process_table::{Identity, process, signal};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    pub every: Duration,
    /// Questions in a row without an answer.
    pub misses_max: u32,
}

impl Default for Heartbeat {
    /// Half a minute: a machine that is short of memory or of disk may keep an executor waiting.
    fn default() -> Self {
        Self {
            every: Duration::from_secs(3),
            misses_max: 10,
        }
    }
}

impl Heartbeat {
    /// Waits for an answer as long as the executor may take; `None`: it did not come.
    pub(super) async fn answer<T>(self, answer: impl Future<Output = T>) -> Option<T> {
        let mut answer = pin!(answer);
        for _ in 0..self.misses_max {
            if let Ok(answer) = timeout(self.every, &mut answer).await {
                return Some(answer);
            }
        }
        None
    }

    /// Asks again and again; returns when nothing has been answered for too long.
    pub(super) async fn until_silent(self, ask: impl Fn(), has_answered: &AtomicBool) {
        let mut beats = interval(self.every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first one passes at once.
        beats.tick().await;
        ask();
        let mut missed = 0;
        loop {
            beats.tick().await;
            missed = match has_answered.swap(false, Ordering::Relaxed) {
                true => 0,
                false => missed + 1,
            };
            if missed >= self.misses_max {
                return;
            }
            ask();
        }
    }
}

/// The process that listens at the other end.
pub(super) fn listener_of(stream: &UnixStream) -> Option<Identity> {
    let pid = stream.peer_cred().ok()?.pid()?;
    Some(process(pid)?.identity)
}

/// Kills an executor that does not answer. Its successor ends what is left of its commands.
pub(super) fn end_silent(executor: Option<Identity>) {
    match executor {
        Some(executor) => {
            tracing::error!(
                "the executor (process {}) does not answer and is ended",
                executor.pid
            );
            signal(executor, Signal::KILL);
        }
        None => tracing::error!("an executor does not answer, and its process is not known"),
    }
}
