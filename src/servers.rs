//! What every user of a database server must agree on: which server a URL names, and how its
//! errors are judged.

use std::fmt;

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;

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
        sqlx::Error::Database(database) => database_trouble_passes(&**database),
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
        return ["08", "40", "53", "57", "58"].contains(&&code[..2]) || code == "55P03";
    }
    if let Some(mysql) = error.try_downcast_ref::<MySqlDatabaseError>() {
        // Full disk (the first four, as the server, its files, its storage engine and a table say
        // it), too many connections, shutdown, out of resources, aborted connections, lock wait,
        // deadlock, killed, read-only while it fails over.
        const PASSING: [u16; 20] = [
            1021, 3, 1030, 1114, 1037, 1040, 1041, 1053, 1129, 1152, 1158, 1159, 1160, 1161, 1203,
            1205, 1213, 1290, 1317, 1927,
        ];
        return PASSING.contains(&mysql.number());
    }
    false
}

/// Whether the server refuses the same again, however often it is asked: for its values, for what it
/// names, or for who asks.
pub fn is_final(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        return false;
    };
    if is_passing_trouble(error) || Conflict::of(error).is_some() {
        return false;
    }
    // Classes: values, constraints, users and passwords, names and rights, limits of the program.
    const FINAL: [&str; 6] = ["22", "23", "28", "3D", "42", "54"];
    let code = database.code().unwrap_or_default();
    FINAL.iter().any(|class| code.starts_with(class))
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
        return !["08", "57", "58"].contains(&&code[..2]);
    }
    false
}

/// What a server said, for logs: not in its own words, which may quote rows and statements.
#[derive(Debug)]
pub struct Said(pub sqlx::Error);

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sqlx::Error::Database(database) = &self.0 else {
            return self.0.fmt(formatter);
        };
        formatter.write_str(reason(&self.0))?;
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

/// What is wrong, in words for callers: no SQL, no address, no secret.
pub fn reason(error: &sqlx::Error) -> &'static str {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Io(_) => "it cannot be reached",
            sqlx::Error::Tls(_) => "no encrypted connection could be made",
            sqlx::Error::Configuration(_) => "its URL or what it names cannot be used",
            sqlx::Error::PoolTimedOut => "all connections are in use",
            _ => "it did not answer as expected",
        };
    };
    if let Some(mysql) = database.try_downcast_ref::<MySqlDatabaseError>()
        && [1021, 3, 1030, 1114].contains(&mysql.number())
    {
        return "its disk is full, or fails";
    }
    match database.code().as_deref().unwrap_or_default() {
        "28P01" | "28000" => "it refused the user or the password",
        "3D000" | "42000" => "it has no such database, or the user may not use it",
        "42501" => "the user may not do this",
        "53100" => "its disk is full",
        code if code.starts_with("53") => "it is out of resources",
        code if code.starts_with("57") => "it is starting or shutting down",
        code if code.starts_with("40") => "another transaction was in the way",
        _ => "it answered with an error",
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
