//! The connections to a server: some are kept for the calls to come.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::super::Result;
use super::super::error::failed_to;
use super::Server;
use super::session::Session;

/// Connections that are kept while nobody uses them: calls of the API at one time.
const KEPT_MAX: usize = 4;

/// For so long a connection is trusted to be there still.
const TRUSTED_FOR: Duration = Duration::from_millis(500);

pub(super) struct Sessions {
    server: Box<dyn Server>,
    kept: Mutex<Vec<Idle>>,
}

/// A connection that nobody uses.
pub(super) struct Idle {
    session: Box<dyn Session>,
    since: Instant,
}

impl Idle {
    pub(super) fn new(session: Box<dyn Session>) -> Self {
        Self {
            session,
            since: Instant::now(),
        }
    }

    /// The connection, unless it broke meanwhile.
    pub(super) fn wake(mut self) -> Option<Box<dyn Session>> {
        let good = self.since.elapsed() < TRUSTED_FOR || self.session.is_alive();
        good.then_some(self.session)
    }
}

impl Sessions {
    pub(super) fn new(server: Box<dyn Server>) -> Self {
        Self {
            server,
            kept: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn server(&self) -> &dyn Server {
        &*self.server
    }

    pub(super) fn take(&self) -> Result<Box<dyn Session>> {
        loop {
            let idle = self.kept().pop();
            match idle {
                None => return self.server.connect(),
                Some(idle) => {
                    if let Some(session) = idle.wake() {
                        return Ok(session);
                    }
                }
            }
        }
    }

    pub(super) fn keep(&self, session: Box<dyn Session>) {
        let mut kept = self.kept();
        if kept.len() < KEPT_MAX {
            kept.push(Idle::new(session));
        }
    }

    /// A connection is kept only when its work went well.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut dyn Session) -> Result<T>) -> Result<T> {
        let mut session = self.take()?;
        let value = work(&mut *session)?;
        self.keep(session);
        Ok(value)
    }

    pub(super) fn in_transaction<T>(
        &self,
        begin: &str,
        work: impl FnOnce(&mut dyn Session) -> Result<T>,
    ) -> Result<T> {
        self.with(|session| in_transaction(session, begin, work))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// After an error nobody may use the connection again: the server takes everything back once
/// it is dropped.
pub(super) fn in_transaction<T>(
    session: &mut dyn Session,
    begin: &str,
    work: impl FnOnce(&mut dyn Session) -> Result<T>,
) -> Result<T> {
    session
        .run(begin)
        .map_err(failed_to("begin a transaction"))?;
    let value = work(session)?;
    session.run("COMMIT").map_err(failed_to("commit"))?;
    Ok(value)
}
