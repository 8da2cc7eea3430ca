//! What every user of a database server must agree on: which server a URL names, and how its
//! errors are judged.

mod limit;
mod words;

use std::borrow::Cow;
use std::fmt;
use std::io;

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

pub(crate) use words::{first_line, without_data};

/// Rights of users that are missing, which MySQL reports like faults of syntax.
const MYSQL_RIGHTS: [u16; 7] = [1044, 1045, 1142, 1143, 1227, 1370, 1410];

/// The kinds of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerKind {
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

impl ServerKind {
    /// The server that a URL names; `None` if it names none.
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, _) = url.split_once(':')?;
        match scheme {
            "postgres" | "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::MySql),
            _ => None,
        }
    }
}

/// Whether trying again can help: the server is away, busy, or chose this statement to give way.
pub fn is_passing_trouble(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(database) => {
            !is_limit_of_role(error) && database_trouble_passes(&**database)
        }
        _ => false,
    }
}

/// How another transaction was in the way of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// It had stored the same key.
    SameKey,
    /// Each waited for the other, or they cannot be put in an order: the server has undone this
    /// one, MySQL with its whole transaction.
    Deadlock,
    /// It kept a lock for longer than a statement waits.
    LockTimeout,
}

impl Conflict {
    /// `None`: no other transaction was in the way.
    pub fn of(error: &sqlx::Error) -> Option<Self> {
        let sqlx::Error::Database(database) = error else {
            return None;
        };
        if let Some(postgres) = database.try_downcast_ref::<PgDatabaseError>() {
            // Class 40: the transaction is to be repeated.
            match postgres.code() {
                "55P03" => return Some(Self::LockTimeout),
                code if code.starts_with("40") => return Some(Self::Deadlock),
                _ => {}
            }
        } else {
            match database.try_downcast_ref::<MySqlDatabaseError>()?.number() {
                1205 => return Some(Self::LockTimeout),
                1213 => return Some(Self::Deadlock),
                _ => {}
            }
        }
        database.is_unique_violation().then_some(Self::SameKey)
    }
}

fn database_trouble_passes(error: &dyn DatabaseError) -> bool {
    if let Some(postgres) = error.try_downcast_ref::<PgDatabaseError>() {
        // Classes: connection, transaction to be repeated, resources, operator intervention,
        // system error. 55P03 is a lock that was not to be had.
        let code = postgres.code();
        // Refused by a pool, ended by a limit of the role, cancelled: none of them passes by
        // itself.
        let is_lasting = is_refused_by_pool(postgres) || ["53400", "57014"].contains(&code);
        let passes = ["08", "40", "53", "57", "58"].contains(&&code[..2])
            || code == "55P03"
            || is_closed(postgres);
        return passes && !is_lasting;
    }
    if let Some(mysql) = error.try_downcast_ref::<MySqlDatabaseError>() {
        // Full disk (the first four, as the server, its files, its storage engine and a table say
        // it), too many connections, shutdown, out of resources, aborted connections, lock wait,
        // deadlock, a limit of the account, killed, read-only while it fails over.
        const PASSING: [u16; 21] = [
            1021, 3, 1030, 1114, 1037, 1040, 1041, 1053, 1129, 1152, 1158, 1159, 1160, 1161, 1203,
            1205, 1213, 1226, 1290, 1317, 1927,
        ];
        return PASSING.contains(&mysql.number());
    }
    false
}

/// Whether the database accepts no connections for now, as while it is being restored or copied:
/// of a statement, which may have the same code, only itself fails.
fn is_closed(postgres: &PgDatabaseError) -> bool {
    postgres.code() == "55000" && postgres.severity() == PgSeverity::Fatal
}

/// Whether the server refuses the same again, however often it is asked: for its values, for what it
/// names, or for who asks.
pub fn is_final(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        return false;
    };
    if is_limit_of_role(error) || is_refusal_of_pool(error) {
        return true;
    }
    if is_passing_trouble(error) || Conflict::of(error).is_some() {
        return false;
    }
    // Classes: values, constraints, users and passwords, names and rights, limits of the program.
    const FINAL: [&str; 6] = ["22", "23", "28", "3D", "42", "54"];
    let code = database.code().unwrap_or_default();
    FINAL.iter().any(|class| code.starts_with(class))
}

/// Whether the user lacks a right.
pub fn is_right_missing(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        return false;
    };
    match database.try_downcast_ref::<MySqlDatabaseError>() {
        Some(mysql) => MYSQL_RIGHTS.contains(&mysql.number()),
        None => database.code().as_deref() == Some("42501"),
    }
}

/// Whether a statement makes a table that would have two columns of one name.
pub fn is_column_twice(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        return false;
    };
    // The second is that of MySQL.
    matches!(database.code().as_deref(), Some("42701" | "42S21"))
}

/// Whether a server that continues to work refused with this error what it was asked for: it has
/// done nothing of it. One that was shutting down, or ended the session, may have done it.
pub fn is_answer(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        return false;
    };
    if let Some(mysql) = database.try_downcast_ref::<MySqlDatabaseError>() {
        // Shutdown, aborted connections, killed.
        const ENDED: [u16; 8] = [1053, 1152, 1158, 1159, 1160, 1161, 1317, 1927];
        return !ENDED.contains(&mysql.number());
    }
    if let Some(postgres) = database.try_downcast_ref::<PgDatabaseError>() {
        let code = postgres.code();
        return code == "57014" || !["08", "57", "58"].contains(&&code[..2]);
    }
    false
}

/// Whether a limit of the role ended what was asked for: it would do so again.
pub fn is_limit_of_role(error: &sqlx::Error) -> bool {
    limit::of_role(error).is_some()
}

/// Whether a pool of connections stands before the server (such as pgbouncer) and cannot do what
/// was asked for: set something for a session, or keep a prepared statement of one.
pub fn is_refusal_of_pool(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(is_refused_by_pool),
        _ => false,
    }
}

/// A pool has the code of a violated protocol for most of what it says, as well of what passes.
fn is_refused_by_pool(postgres: &PgDatabaseError) -> bool {
    match postgres.code() {
        "08P01" => ["startup parameter", "statement pooling mode"]
            .iter()
            .any(|refusal| postgres.message().contains(refusal)),
        // A prepared statement is unknown, or has the name of an earlier one.
        "26000" | "42P05" => true,
        _ => false,
    }
}

/// What a server said, for logs: its own words may quote rows and statements.
#[derive(Debug)]
pub struct Said(pub sqlx::Error);

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sqlx::Error::Database(database) = &self.0 else {
            return self.0.fmt(formatter);
        };
        formatter.write_str(&reason(&self.0))?;
        if let Some(mysql) = database.try_downcast_ref::<MySqlDatabaseError>() {
            write!(formatter, ", number {}", mysql.number())?;
        }
        if let Some(code) = database.code() {
            write!(formatter, ", SQLSTATE {code}")?;
        }
        match (database.table(), database.constraint()) {
            (Some(table), Some(constraint)) => {
                write!(formatter, ", constraint {constraint} of {table}")
            }
            _ => Ok(()),
        }
    }
}

// Without a source: its text would be the server's own.
impl std::error::Error for Said {}

impl From<sqlx::Error> for Said {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

/// What a server says of a statement that is itself at fault: its syntax, or a name in it. Of others, and
/// where the words name users with their addresses: `None`.
pub(crate) fn fault_of_statement(error: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(database) = error else {
        return None;
    };
    let is_fault = database.code()?.starts_with("42");
    let mysql = database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>();
    let is_right = mysql.is_some_and(|error| MYSQL_RIGHTS.contains(&error.number()));
    (is_fault && !is_right).then(|| database.message().to_owned())
}

/// What is wrong, in words for callers: no SQL, no address, no secret, and no data.
pub fn reason(error: &sqlx::Error) -> Cow<'static, str> {
    let sqlx::Error::Database(database) = error else {
        return Cow::Borrowed(match error {
            sqlx::Error::Io(_) => "it cannot be reached",
            sqlx::Error::Tls(_) => "no encrypted connection could be made",
            sqlx::Error::Configuration(_) => "its URL or what it names cannot be used",
            sqlx::Error::PoolTimedOut => {
                "no connection was to be had in time: it cannot be reached, or all are in use"
            }
            sqlx::Error::ColumnDecode { index, .. } => {
                let column = index.trim_matches('"');
                return Cow::Owned(format!(
                    "column `{column}` holds a value that cannot be read"
                ));
            }
            _ => "it did not answer as expected",
        });
    };
    if let Some(limit) = limit::of_role(error) {
        return Cow::Owned(format!("the role's {limit} ended the statement"));
    }
    let known = match database.try_downcast_ref::<MySqlDatabaseError>() {
        Some(mysql) => mysql_reason(mysql.number()),
        None => postgres_reason(&**database),
    };
    known.map_or_else(|| in_its_words(&**database), Cow::Borrowed)
}

/// The same for operators, who may see addresses: what the operating system says is named.
pub fn cause(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(cause) => match cause.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            io::ErrorKind::NotFound => "there is no such socket".to_owned(),
            io::ErrorKind::TimedOut => "no answer in time".to_owned(),
            _ => cause.to_string(),
        },
        sqlx::Error::Tls(cause) => format!("no encrypted connection could be made: {cause}"),
        sqlx::Error::Configuration(cause) => format!("the URL cannot be used: {cause}"),
        _ => reason(error).into_owned(),
    }
}

fn mysql_reason(number: u16) -> Option<&'static str> {
    Some(match number {
        1021 | 3 | 1030 | 1114 => "its disk is full, or fails",
        1045 | 1698 => "it refused the user or the password",
        1044 | 1049 => "it has no such database, or the user may not use it",
        1142 | 1143 | 1227 | 1370 => "the user may not do this",
        1037 | 1040 | 1041 | 1203 | 1226 => "it is out of resources, or the account is",
        1205 | 1213 => "another transaction was in the way",
        1053 => "it is starting or shutting down",
        _ => return None,
    })
}

fn postgres_reason(error: &dyn DatabaseError) -> Option<&'static str> {
    let postgres = error.try_downcast_ref::<PgDatabaseError>()?;
    if is_refused_by_pool(postgres) {
        return Some(
            "a pool of connections such as pgbouncer stands before it, and refuses transactions, or \
             what is set for a session: name the server itself",
        );
    }
    if is_closed(postgres) {
        return Some("it accepts no connections to this database for now");
    }
    Some(match postgres.code() {
        "28P01" | "28000" => "it refused the user or the password",
        "3D000" => "it has no such database, or the user may not use it",
        "42501" => "the user may not do this",
        "53100" => "its disk is full",
        "53400" => return None,
        code if code.starts_with("53") => "it is out of resources",
        "57014" => "its statement was cancelled",
        "57P05" => "the role's idle_session_timeout ended the connection",
        code if code.starts_with("57") => "it is starting or shutting down",
        code if code.starts_with("40") => "another transaction was in the way",
        _ => return None,
    })
}

fn in_its_words(error: &dyn DatabaseError) -> Cow<'static, str> {
    // What a trigger says may be made of rows.
    let is_of_trigger = matches!(error.code().as_deref(), Some("P0001" | "45000"));
    match without_data(error.message()) {
        _ if is_of_trigger => Cow::Borrowed("a trigger or a function of it refused this"),
        words if words.is_empty() => Cow::Borrowed("it answered with an error"),
        words => Cow::Owned(format!("it answered with an error: {words}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_server() {
        for (url, kind) in [
            ("postgres://localhost/a", Some(ServerKind::Postgres)),
            ("postgresql:///a?host=/run", Some(ServerKind::Postgres)),
            ("mysql://localhost/a", Some(ServerKind::MySql)),
            ("mariadb://localhost/a", Some(ServerKind::MySql)),
            ("sqlite://a.db", None),
            ("postgres", None),
        ] {
            assert_eq!(ServerKind::of_url(url), kind, "{url}");
        }
    }
}
