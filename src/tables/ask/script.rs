//! Executes statements of a user, with names for values, in one transaction.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use sqlx::{MySql, Postgres};
use tokio_util::sync::CancellationToken;

use super::NamedValue;
use super::named::{Piece, Syntax, pieces};
use crate::database_url::{Use, check_url};
use crate::servers::ServerKind;
use crate::sqlite::file_of;
use crate::tables::database::UrlError;
use crate::tables::error::DatabaseError;
use crate::tables::server::{Server, ServerSession};
use crate::tables::session::Purpose;

/// How long another writer of a file is waited for.
const BUSY_FOR: Duration = Duration::from_secs(60);

/// How often a file that another one writes is tried between two looks at whether to stop.
const BUSY_LOOKS: Duration = Duration::from_millis(50);

/// How many steps of SQLite's machine pass between two looks at whether to stop: some milliseconds.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// A server that hears nothing within a transaction for so long takes it back.
const SILENCE_MAX: Duration = Duration::from_secs(600);

/// A database in which statements are executed.
#[derive(Clone)]
pub struct ScriptDatabase(Address);

#[derive(Clone)]
enum Address {
    Sqlite(PathBuf),
    Postgres(<Postgres as Server>::Options),
    MySql(<MySql as Server>::Options),
}

impl ScriptDatabase {
    /// Does not touch the database yet.
    pub fn of_url(url: &str) -> Result<Self, UrlError> {
        check_url(url, Use::Write).map_err(UrlError::UnusableUrl)?;
        let purpose = Purpose::Write {
            silence_max: SILENCE_MAX,
        };
        Ok(Self(match (file_of(url), ServerKind::of_url(url)) {
            (Some(path), _) => Address::Sqlite(path),
            (_, Some(ServerKind::Postgres)) => {
                let options = Postgres::options(url, purpose);
                Address::Postgres(options.map_err(|_| UrlError::Malformed)?)
            }
            (_, Some(ServerKind::MySql)) => {
                let options = MySql::options(url, purpose);
                Address::MySql(options.map_err(|_| UrlError::Malformed)?)
            }
            (None, None) => {
                let (scheme, _) = url.split_once(':').unwrap_or_default();
                return Err(UrlError::UnknownScheme(scheme.to_owned()));
            }
        }))
    }

    /// All statements, or none of them (on MariaDB those that define tables commit by themselves). `:name`
    /// stands for a value. Blocks; must not be called where futures are run.
    ///
    /// Once `stop` is cancelled, the statement in work is interrupted and nothing is committed any more; a
    /// server that has not stopped it within `grace` is asked to end the session.
    pub fn execute(
        &self,
        script: &str,
        values: &[(&str, NamedValue<'_>)],
        stop: &CancellationToken,
        grace: Duration,
    ) -> Result<(), DatabaseError> {
        let purpose = Purpose::Write {
            silence_max: SILENCE_MAX,
        };
        match &self.0 {
            Address::Sqlite(path) => {
                let script = rendered(script, Syntax::Sqlite, values);
                Ok(execute_in_file(path, &script, stop)?)
            }
            Address::Postgres(options) => {
                let mut session = ServerSession::<Postgres>::open(options, purpose)?;
                let script = rendered(script, Syntax::Postgres, values);
                let begin = "BEGIN; SET LOCAL standard_conforming_strings = on";
                Ok(session.execute_script(begin, &script, stop, grace)?)
            }
            Address::MySql(options) => {
                let mut session = ServerSession::<MySql>::open(options, purpose)?;
                // Of scripts: sessions that write have the mode NO_BACKSLASH_ESCAPES.
                let script = rendered(script, Syntax::Sqlite, values);
                Ok(session.execute_script("START TRANSACTION", &script, stop, grace)?)
            }
        }
    }
}

/// The connection takes an open transaction back when it is dropped.
fn execute_in_file(path: &Path, script: &str, stop: &CancellationToken) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::default())?;
    let is_stopped = {
        let stop = stop.clone();
        move || stop.is_cancelled()
    };
    connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(is_stopped))?;
    while_busy(&connection, stop, "BEGIN IMMEDIATE")?;
    connection.busy_timeout(BUSY_FOR)?;
    connection.execute_batch(script)?;
    while_busy(&connection, stop, "COMMIT")
}

/// Executes a statement that can be tried again while another one has the file.
fn while_busy(
    connection: &Connection,
    stop: &CancellationToken,
    statement: &str,
) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_LOOKS)?;
    let began = Instant::now();
    loop {
        if stop.is_cancelled() {
            let interrupted = ffi::Error::new(ffi::SQLITE_INTERRUPT);
            return Err(rusqlite::Error::SqliteFailure(interrupted, None));
        }
        match connection.execute_batch(statement) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && began.elapsed() < BUSY_FOR => {}
            ended => return ended,
        }
    }
}

/// A script is several statements, and values can only be bound to one: they are written as literals.
fn rendered(script: &str, syntax: Syntax, values: &[(&str, NamedValue<'_>)]) -> String {
    let pieces = pieces(script, syntax, values).into_iter();
    let texts = pieces.map(|piece| match piece {
        Piece::Text(text) => text.to_owned(),
        Piece::Value(place) => literal(syntax, values[place].1),
    });
    texts.collect()
}

fn literal(syntax: Syntax, value: NamedValue<'_>) -> String {
    match (value, syntax) {
        (NamedValue::Text(text), _) => format!("'{}'", text.replace('\'', "''")),
        (NamedValue::Integer(integer), _) => format!("({integer})"),
        (NamedValue::Truth(truth), Syntax::Postgres) => format!("'{truth}'"),
        (NamedValue::Truth(truth), _) => i64::from(truth).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn all_statements_of_a_script_take_effect_or_none() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("w.db");
        let url = format!("sqlite://{}", path.display());
        let database = ScriptDatabase::of_url(&url).unwrap();
        let values = [
            ("day", NamedValue::Text("it's")),
            ("n", NamedValue::Integer(-3)),
        ];
        let never = CancellationToken::new();
        let execute = |script: &str| database.execute(script, &values, &never, Duration::ZERO);
        let script = "CREATE TABLE t (d, n); INSERT INTO t VALUES (:day, :n); -- :day\n\
                      INSERT INTO t VALUES (':day', 1);";
        execute(script).unwrap();
        let failing = "INSERT INTO t VALUES ('x', 2); INSERT INTO nowhere VALUES (1)";
        execute(failing).unwrap_err();
        // Its author knows what stands in it; of rows nothing is shown.
        for (script, reason) in [
            (
                "SELEC 1",
                "it answered with an error: near \"SELEC\": syntax error",
            ),
            (
                "INSERT INTO \"no where\" VALUES (1)",
                "it answered with an error: no such table: no where",
            ),
        ] {
            let error = execute(script).unwrap_err();
            assert_eq!(error.reason_for_author(), reason);
        }
        let connection = Connection::open(&path).unwrap();
        let mut statement = connection.prepare("SELECT d, n FROM t ORDER BY n").unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        let rows: Vec<(String, i64)> = rows.map(Result::unwrap).collect();
        assert_eq!(rows, [("it's".to_owned(), -3), (":day".to_owned(), 1)]);
    }
}
