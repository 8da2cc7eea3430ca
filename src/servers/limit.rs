//! Limits of a role that ended what it did. Another attempt ends the same way.

use sqlx::Error;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;

/// What an account may do in an hour, as MariaDB and MySQL call it.
const PER_HOUR: [&str; 4] = [
    "max_queries_per_hour",
    "max_updates_per_hour",
    "max_connections_per_hour",
    "max_questions",
];

/// The setting that ended a statement or a transaction; `None`: something else is wrong. Messages
/// in every language hold the names of settings as they are, but not their causes: of a time-out
/// only English ones say that it was one.
pub(super) fn of_role(error: &Error) -> Option<&'static str> {
    let Error::Database(database) = error else {
        return None;
    };
    if let Some(postgres) = database.try_downcast_ref::<PgDatabaseError>() {
        let message = postgres.message();
        return match postgres.code() {
            "57014" if message.contains("statement timeout") => Some("statement_timeout"),
            "25P04" => Some("transaction_timeout"),
            "53400" if message.contains("temp_file_limit") => Some("temp_file_limit"),
            _ => None,
        };
    }
    let mysql = database.try_downcast_ref::<MySqlDatabaseError>()?;
    match mysql.number() {
        // It lasts for up to an hour. A limit of connections at once has the same number, but passes.
        1226 => PER_HOUR
            .into_iter()
            .find(|limit| mysql.message().contains(limit)),
        1969 => Some("max_statement_time"),
        3024 => Some("max_execution_time"),
        _ => None,
    }
}
