//! The server's side of the executor.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use super::directory::Directory;
use super::error::ExecutorError;
use super::heartbeat::Heartbeat;
use super::link::{Entry, Link, Outgoing};
use super::protocol::{Attempt, AttemptState, End, Request, attempt_id_is_valid, frame};

#[derive(Clone, Debug)]
pub(crate) struct ExecutorOptions {
    /// One server at a time uses it.
    pub dir: PathBuf,
    /// Started as `program args…` with an environment of `env` only.
    pub program: PathBuf,
    pub args: Vec<OsString>,
    pub env: Vec<(OsString, OsString)>,
    pub heartbeat: Heartbeat,
}

/// A handle on the executor; dropping it leaves the executor and its commands running.
pub(crate) struct Executor {
    link: Arc<Link>,
    task: AbortHandle,
    /// Held as long as this handle lives.
    _lock: File,
}

impl Executor {
    /// Connects to the executor of the directory; starts it if there is none. Attempts that it knows are
    /// there from now on.
    pub(crate) async fn connect_or_start(options: ExecutorOptions) -> Result<Self, ExecutorError> {
        let directory = Directory::prepare(&options.dir);
        let failed = |cause| ExecutorError::Directory {
            dir: options.dir.clone(),
            cause,
        };
        let directory = directory.map_err(failed)?;
        let in_use = || ExecutorError::InUse {
            dir: options.dir.clone(),
        };
        let lock = directory
            .lock_as_server()
            .map_err(failed)?
            .ok_or_else(in_use)?;
        let (requests, receiver) = mpsc::unbounded_channel();
        let link = Arc::new(Link {
            directory,
            options,
            attempts: Mutex::default(),
            requests,
            pid: watch::Sender::new(0),
            has_met: AtomicBool::new(false),
        });
        let session = link.connect().await?;
        let task = tokio::spawn(Arc::clone(&link).keep(session, receiver)).abort_handle();
        Ok(Self {
            link,
            task,
            _lock: lock,
        })
    }

    /// Starts the attempt, unless the executor knows it already; returns its state.
    pub(crate) async fn start(&self, attempt: &Attempt) -> Result<AttemptState, ExecutorError> {
        let invalid = |reason: &str| ExecutorError::InvalidAttempt {
            id: attempt.id.clone(),
            reason: reason.to_owned(),
        };
        if !attempt_id_is_valid(&attempt.id) {
            return Err(invalid("expected letters, digits, `.`, `_`, `-`"));
        }
        if !attempt.cwd.is_absolute() || !attempt.log.is_absolute() {
            return Err(invalid("expected absolute paths"));
        }
        let request = frame(&Request::Start(Box::new(attempt.clone())));
        let request = request.map_err(|_| invalid("a path is no text"))?;
        let mut state = {
            let mut attempts = self.link.attempts();
            let entry = attempts.entry(attempt.id.clone()).or_insert_with(|| Entry {
                state: watch::Sender::new(None),
                request: Some(request.into()),
            });
            entry.state.subscribe()
        };
        self.link.send(Outgoing::Start(attempt.id.clone()))?;
        let confirmed = state.wait_for(Option::is_some).await;
        let confirmed = confirmed.map_err(|_| ExecutorError::Closed)?.clone();
        confirmed.ok_or(ExecutorError::Closed)
    }

    /// Waits for the end of an attempt that was started by this server or one before it.
    pub(crate) async fn wait(&self, id: &str) -> Result<End, ExecutorError> {
        let mut state = self.subscribe(id)?;
        let ended = state
            .wait_for(|state| matches!(state, Some(AttemptState::Ended(_))))
            .await;
        match ended.map_err(|_| ExecutorError::Closed)?.clone() {
            Some(AttemptState::Ended(end)) => Ok(end),
            _ => Err(ExecutorError::Closed),
        }
    }

    /// TERM to the whole tree, KILL after the grace (`None`: the attempt's own). Does not wait. Asked
    /// again, it can only become faster.
    pub(crate) fn stop(&self, id: &str, grace: Option<Duration>) -> Result<(), ExecutorError> {
        self.subscribe(id)?;
        let grace_ms = grace.map(|grace| u64::try_from(grace.as_millis()).unwrap_or(u64::MAX));
        self.send(&Request::Stop {
            id: id.to_owned(),
            grace_ms,
        })
    }

    /// The end has been stored: the executor need not remember it any longer.
    pub(crate) fn forget(&self, id: &str) -> Result<(), ExecutorError> {
        self.link.attempts().remove(id);
        self.send(&Request::Forget { id: id.to_owned() })
    }

    /// `None`: neither started here nor known to the executor.
    pub(crate) fn state(&self, id: &str) -> Option<AttemptState> {
        self.link
            .attempts()
            .get(id)
            .and_then(|entry| entry.state.borrow().clone())
    }

    /// The process id of the executor; 0 while there is none.
    #[cfg(test)]
    pub(crate) fn pid(&self) -> u32 {
        *self.link.pid.borrow()
    }

    fn subscribe(&self, id: &str) -> Result<watch::Receiver<Option<AttemptState>>, ExecutorError> {
        let attempts = self.link.attempts();
        let entry = attempts
            .get(id)
            .ok_or_else(|| ExecutorError::UnknownAttempt { id: id.to_owned() })?;
        Ok(entry.state.subscribe())
    }

    fn send(&self, request: &Request) -> Result<(), ExecutorError> {
        let frame = frame(request).map_err(|_| ExecutorError::Closed)?;
        self.link.send(Outgoing::Frame(frame))
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.task.abort();
    }
}
