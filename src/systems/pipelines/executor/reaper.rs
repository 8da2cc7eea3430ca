//! Learns how children of the executor ended: commands, and orphans that it was given.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{WaitOptions, wait};
use tokio::sync::oneshot;

use super::protocol::Exit;

#[derive(Default)]
pub(super) struct Reaper {
    waiting: Mutex<HashMap<i32, oneshot::Sender<Exit>>>,
}

impl Reaper {
    /// To be called on the thread that reaps, right after the process was started.
    pub(super) fn expect(&self, pid: i32) -> oneshot::Receiver<Exit> {
        let (sender, receiver) = oneshot::channel();
        self.waiting().insert(pid, sender);
        receiver
    }

    /// Whether this is the process of a command that runs.
    pub(super) fn is_expected(&self, pid: i32) -> bool {
        self.waiting().contains_key(&pid)
    }

    /// Takes the ends of all children that have ended.
    pub(super) fn reap(&self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            let exit = match (status.exit_status(), status.terminating_signal()) {
                (Some(code), _) => Exit::Code(code),
                (None, Some(signal)) => Exit::Signal(signal),
                (None, None) => continue,
            };
            if let Some(sender) = self.waiting().remove(&pid.as_raw_nonzero().get()) {
                // Nobody waits for a command that was given up.
                sender.send(exit).ok();
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<i32, oneshot::Sender<Exit>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
