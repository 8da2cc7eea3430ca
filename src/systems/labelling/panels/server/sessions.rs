//! The connections to a server: some are kept for the calls to come.

use std::sync::{Mutex, PoisonError};

use super::super::Result;
use super::super::error::failed_to;
use super::Server;
use super::session::Session;

/// Connections that are kept while nobody uses them: calls of the API at one time.
const KEPT_MAX: usize = 4;

pub(super) struct Sessions {
    server: Box<dyn Server>,
    kept: Mutex<Vec<Box<dyn Session>>>,
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

    /// A kept connection, if one is alive.
    pub(super) fn take(&self) -> Result<Box<dyn Session>> {
        loop {
            let kept = self.kept().pop();
            match kept {
                None => return self.server.connect(),
                Some(session) => {
                    if let Some(session) = if_alive(session) {
                        return Ok(session);
                    }
                }
            }
        }
    }

    pub(super) fn keep(&self, session: Box<dyn Session>) {
        let mut kept = self.kept();
        if kept.len() < KEPT_MAX {
            kept.push(session);
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

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Session>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection may have broken while nobody used it; asking costs one exchange.
pub(super) fn if_alive(mut session: Box<dyn Session>) -> Option<Box<dyn Session>> {
    session.is_alive().then_some(session)
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
