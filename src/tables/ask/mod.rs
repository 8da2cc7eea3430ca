//! Asks a database yes-or-no questions in the words of its user. Nothing is written, whatever the
//! statement says.
//!
//! ```text
//! named      `:name` in a statement
//! sqlite, postgres, mysql   the first value of the first row
//! ```

mod mysql;
mod named;
mod postgres;
mod script;
mod sqlite;

#[cfg(test)]
mod tests;

pub use script::ScriptDatabase;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{MySql, Postgres};

use super::database::UrlError;
use super::error::DatabaseError;
use super::server::{Server, ServerSession};
use super::session::Purpose;
use crate::database_url::{Use, check_url};
use crate::servers::ServerKind;
use crate::sqlite::file_of;

/// How long an answer may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// Connections that are kept while they are idle.
const KEPT_MAX: usize = 4;

/// A value for a name in a statement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NamedValue<'a> {
    Text(&'a str),
    Integer(i64),
    Truth(bool),
}

/// A database that is only asked.
pub struct AskedDatabase(Address);

enum Address {
    Sqlite(PathBuf),
    Postgres(PgConnectOptions, Kept<Postgres>),
    MySql(MySqlConnectOptions, Kept<MySql>),
}

type Kept<S> = Mutex<Vec<ServerSession<S>>>;

impl AskedDatabase {
    /// Does not touch the database yet.
    pub fn of_url(url: &str) -> Result<Self, UrlError> {
        check_url(url, Use::Read).map_err(UrlError::UnusableUrl)?;
        let address = match (file_of(url), ServerKind::of_url(url)) {
            (Some(path), _) => Address::Sqlite(path),
            (_, Some(ServerKind::Postgres)) => {
                let options = Postgres::options(url, Purpose::Read);
                Address::Postgres(options.map_err(|_| UrlError::Malformed)?, Kept::default())
            }
            (_, Some(ServerKind::MySql)) => {
                let options = MySql::options(url, Purpose::Read);
                Address::MySql(options.map_err(|_| UrlError::Malformed)?, Kept::default())
            }
            (None, None) => {
                let (scheme, _) = url.split_once(':').unwrap_or_default();
                return Err(UrlError::UnknownScheme(scheme.to_owned()));
            }
        };
        Ok(Self(address))
    }

    /// Whether the first value of the first row is neither NULL, 0 nor empty. A table or a file that
    /// is not there says no. `:name` in the statement stands for a value. Blocks; must not be called
    /// where futures are run.
    pub fn says_yes(
        &self,
        sql: &str,
        values: &[(&str, NamedValue<'_>)],
    ) -> Result<bool, DatabaseError> {
        let answer = match &self.0 {
            Address::Sqlite(path) => sqlite::says_yes(path, sql, values),
            Address::Postgres(options, kept) => with_session(options, kept, |session| {
                postgres::says_yes(session, sql, values)
            }),
            Address::MySql(options, kept) => with_session(options, kept, |session| {
                mysql::says_yes(session, sql, values)
            }),
        };
        match answer {
            Err(error) if error.is_missing_table() => Ok(false),
            answer => answer,
        }
    }
}

/// What a session answered, and whether it can be asked again.
struct Answer {
    is_yes: bool,
    is_reusable: bool,
}

/// Asks a kept session or a new one. One that failed is not kept: its server may have gone away,
/// in which case a new one is asked.
fn with_session<S: Server>(
    options: &S::Options,
    kept: &Kept<S>,
    ask: impl Fn(&mut ServerSession<S>) -> sqlx::Result<Answer>,
) -> Result<bool, DatabaseError> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    // Popped by itself: within a condition the lock would be held for longer.
    let idle = lock().pop();
    let answered = match idle {
        Some(mut session) => match ask(&mut session) {
            Err(error) if crate::servers::is_passing_trouble(&error) => None,
            answer => Some((session, answer?)),
        },
        None => None,
    };
    let (session, answer) = match answered {
        Some(answered) => answered,
        None => {
            let mut session = ServerSession::open(options, Purpose::Read)?;
            let answer = ask(&mut session)?;
            (session, answer)
        }
    };
    let mut kept = lock();
    if answer.is_reusable && kept.len() < KEPT_MAX {
        kept.push(session);
    }
    Ok(answer.is_yes)
}
