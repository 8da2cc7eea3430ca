//! A database that is written: which one a URL names, and connections to it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{MySql, Postgres};

use super::dialect::Dialect;
use super::error::DatabaseError;
use super::mysql::MySqlDialect;
use super::postgres::PostgresDialect;
use super::server::{Server, ServerSession};
use super::session::{Purpose, Session};
use super::sqlite::{SqliteDialect, SqliteSession};
use crate::database_url::{UnusableUrl, Use, check_url};
use crate::servers::ServerKind;
use crate::sqlite::file_of;
use crate::write_gate::WriteGate;

/// Connections that are kept while they are idle: as many as calls of the API at one time.
const KEPT_MAX: usize = 4;

/// One database.
pub(crate) struct Database {
    address: Address,
    purpose: Purpose,
    kept: Mutex<Vec<Box<dyn Session>>>,
}

enum Address {
    Sqlite { path: PathBuf, gate: WriteGate },
    Postgres(PgConnectOptions),
    MySql(MySqlConnectOptions),
}

/// A URL names no database. Says nothing of what it holds: that may be a password.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    #[error("unknown kind of database `{0}`; expected sqlite, postgres or mysql")]
    UnknownScheme(String),
    #[error("{0}")]
    UnusableUrl(UnusableUrl),
    #[error("the URL cannot be read; expected e.g. postgres://user@host/database")]
    Malformed,
}

impl Database {
    /// Does not touch the database yet. A server that hears nothing within a transaction for
    /// `silence_max` takes it back.
    pub(crate) fn of_url(url: &str, silence_max: Duration) -> Result<Self, UrlError> {
        check_url(url, Use::Write).map_err(UrlError::UnusableUrl)?;
        let purpose = Purpose::Write { silence_max };
        let address = match (file_of(url), ServerKind::of_url(url)) {
            (Some(path), _) => Address::Sqlite {
                gate: WriteGate::of_file(&path),
                path,
            },
            (_, Some(ServerKind::Postgres)) => {
                Address::Postgres(Postgres::options(url, purpose).map_err(|_| UrlError::Malformed)?)
            }
            (_, Some(ServerKind::MySql)) => {
                Address::MySql(MySql::options(url, purpose).map_err(|_| UrlError::Malformed)?)
            }
            (None, None) => {
                let (scheme, _) = url.split_once(':').unwrap_or_default();
                return Err(UrlError::UnknownScheme(scheme.to_owned()));
            }
        };
        Ok(Self {
            address,
            purpose,
            kept: Mutex::default(),
        })
    }

    pub(crate) fn dialect(&self) -> &'static dyn Dialect {
        match self.address {
            Address::Sqlite { .. } => &SqliteDialect,
            Address::Postgres(_) => &PostgresDialect,
            Address::MySql(_) => &MySqlDialect,
        }
    }

    /// Whether it is a file that is not there.
    pub(crate) fn is_missing_file(&self) -> bool {
        match &self.address {
            Address::Sqlite { path, .. } => !path.exists(),
            Address::Postgres(_) | Address::MySql(_) => false,
        }
    }

    /// A connection to the database, which is created if it is a file that does not exist.
    pub(crate) fn create(&self) -> Result<Box<dyn Session>, DatabaseError> {
        match &self.address {
            Address::Sqlite { path, gate } => Ok(Box::new(SqliteSession::create(path, gate)?)),
            Address::Postgres(_) | Address::MySql(_) => self.connect(),
        }
    }

    /// A connection that was kept and is alive, or a new one.
    pub(crate) fn take(&self) -> Result<Box<dyn Session>, DatabaseError> {
        loop {
            // Popped by itself: within a condition the lock would be held for longer.
            let kept = self.kept().pop();
            let Some(mut session) = kept else {
                return self.connect();
            };
            // It may have broken while it was idle; asking costs one exchange.
            if session.is_alive() {
                return Ok(session);
            }
        }
    }

    /// Keeps a connection whose work went well for the next `take`. One to a file is cheap to
    /// make, and the file may be another one by then.
    pub(crate) fn keep(&self, session: Box<dyn Session>) {
        let mut kept = self.kept();
        if kept.len() < KEPT_MAX && !matches!(self.address, Address::Sqlite { .. }) {
            kept.push(session);
        }
    }

    fn connect(&self) -> Result<Box<dyn Session>, DatabaseError> {
        Ok(match &self.address {
            Address::Sqlite { path, gate } => Box::new(SqliteSession::open_to_write(path, gate)?),
            Address::Postgres(options) => {
                Box::new(ServerSession::<Postgres>::open(options, self.purpose)?)
            }
            Address::MySql(options) => {
                Box::new(ServerSession::<MySql>::open(options, self.purpose)?)
            }
        })
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Box<dyn Session>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
