//! Opens the engine's database, whichever of the three it is, and brings its tables to this
//! version.

use std::path::PathBuf;
use std::time::Duration;

use migration::{Migrator, MigratorTrait, SchemaManager};
use sea_orm::sqlx::mysql::MySqlConnectOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{AssertSqlSafe, ConnectOptions as _, Error as SqlxError, Executor as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    IntoDatabaseExecutor, QueryResult, RuntimeErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use super::{Result, StoreError, looking, new_file, query};
use crate::database_url::{Use, check_url, shown};
use crate::servers::ServerKind;
use crate::sqlite;

/// How long a statement waits at least for another process that writes to the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How much a SQLite database writes to its log before it is taken over into the file; at 4 KiB a
/// page. What is taken over seldom is taken over once, however often it was changed.
const CHECKPOINT_PAGES: &str = "4000";

/// In leases, the same: a process that was stopped in a write is ended when its lease lapses.
const BUSY_LEASES: u32 = 2;

/// How long a connection to a server, or a free one of the pool, is waited for.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a server that was idle this long is tried before it is used.
const TRY_AFTER_IDLE: Duration = Duration::from_secs(10);

/// How long a statement waits for another transaction on a server.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one process waits for another that is making the tables, in seconds.
const MIGRATION_LOCK_S: u32 = 60;

/// `aud-mig` as a number: names the lock on PostgreSQL, which knows locks by number.
const MIGRATION_LOCK: i64 = 0x0061_7564_2D6D_6967;

/// Where the engine's tables are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File(PathBuf),
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
}

impl Place {
    pub(super) fn of_url(url: &str) -> Result<Self> {
        check_url(url, Use::Write)?;
        let unusable = |cause: SqlxError| {
            StoreError::Connect(DbErr::Conn(RuntimeErr::SqlxError(cause.into())))
        };
        match ServerKind::of_url(url) {
            Some(ServerKind::Postgres) => {
                let options = url.parse::<PgConnectOptions>().map_err(unusable)?;
                let options = options.disable_statement_logging();
                Ok(Self::Postgres(Box::new(options)))
            }
            Some(ServerKind::MySql) => {
                let options = url.parse::<MySqlConnectOptions>().map_err(unusable)?;
                let options = options.disable_statement_logging();
                Ok(Self::MySql(Box::new(options)))
            }
            None => match sqlite::file_of(url) {
                Some(path) => Ok(Self::File(path)),
                None => Err(StoreError::UnknownScheme { url: shown(url) }),
            },
        }
    }

    /// Makes the file, if there is none. Only the start of the program does so: a connection that
    /// is made later must not put an empty file in the place of one that was moved away.
    pub(super) fn create(&self) -> Result<()> {
        let Self::File(path) = self else {
            return Ok(());
        };
        if path.is_file() {
            self.expect_usable()?;
        }
        new_file::make(path).map_err(|cause| unusable_file(cause.to_string()))
    }

    /// Fails if it is a file that cannot be written, or made: SQLite would open it all the same.
    pub(super) fn expect_usable(&self) -> Result<()> {
        let Self::File(path) = self else {
            return Ok(());
        };
        sqlite::why_it_cannot_be_used(path).map_or(Ok(()), |reason| Err(unusable_file(reason)))
    }

    /// `lease`: how long a server may hear nothing within a transaction; another process has what
    /// it was about by then.
    pub(super) async fn connect(
        &self,
        connections: u32,
        lease: Duration,
    ) -> std::result::Result<DatabaseConnection, DbErr> {
        Database::connect(self.options(connections, lease)).await
    }

    /// The URL only names the database for sea-orm; the rest is in the options, so that no
    /// password gets into what it logs or prints.
    pub(super) fn options(&self, connections: u32, lease: Duration) -> ConnectOptions {
        let mut options = ConnectOptions::new(match self {
            Self::File(_) => "sqlite:",
            Self::Postgres(_) => "postgres:",
            Self::MySql(_) => "mysql:",
        });
        options
            .max_connections(connections)
            .min_connections(1)
            .sqlx_logging(false)
            .record_stmt_in_spans(false);
        match self.clone() {
            Self::File(path) => {
                options.test_before_acquire(false);
                let busy_timeout = BUSY_TIMEOUT.max(lease * BUSY_LEASES);
                options.map_sqlx_sqlite_opts(move |sqlite| {
                    sqlite
                        .filename(&path)
                        .create_if_missing(false)
                        .journal_mode(SqliteJournalMode::Wal)
                        // The writer flushes the log itself, beside the next transaction.
                        .synchronous(SqliteSynchronous::Normal)
                        .busy_timeout(busy_timeout)
                        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
                });
            }
            Self::Postgres(postgres) => {
                options.acquire_timeout(ACQUIRE_TIMEOUT);
                options.test_before_acquire_if_idle_for(TRY_AFTER_IDLE);
                let silent_ms = lease.as_millis().to_string();
                let lock_ms = LOCK_TIMEOUT.as_millis().to_string();
                let postgres = postgres.options([
                    ("idle_in_transaction_session_timeout", silent_ms.as_str()),
                    ("lock_timeout", lock_ms.as_str()),
                    // The role may have a limit.
                    ("statement_timeout", "0"),
                    // Every statement here is about a few rows that an index finds. Of a table
                    // that has grown since the server last looked at it, it would rather read the
                    // whole, and it keeps such a plan for as long as the connection.
                    ("enable_hashjoin", "off"),
                    ("enable_mergejoin", "off"),
                    ("enable_seqscan", "off"),
                    // What is off only counts as expensive: where nothing else is left, the server
                    // would compile the statement.
                    ("jit", "off"),
                ]);
                options.map_sqlx_postgres_opts(move |_| postgres.clone());
            }
            Self::MySql(mysql) => {
                options.acquire_timeout(ACQUIRE_TIMEOUT);
                options.test_before_acquire_if_idle_for(TRY_AFTER_IDLE);
                options.map_sqlx_mysql_opts(move |_| (*mysql).clone());
                // What stands in a comment only MariaDB or only MySQL reads, and only that has.
                let silent_s = lease.as_secs().max(1);
                let lock_s = LOCK_TIMEOUT.as_secs();
                let set = format!(
                    "SET SESSION net_read_timeout = {silent_s}, \
                     SESSION innodb_lock_wait_timeout = {lock_s} \
                     /*M!100108 , SESSION max_statement_time = 0 */ \
                     /*!50708 , SESSION max_execution_time = 0 */ \
                     /*M!100300 , SESSION idle_transaction_timeout = {silent_s} */"
                );
                options.map_sqlx_mysql_pool_opts(move |pool| {
                    let set = set.clone();
                    pool.after_connect(move |connection, _| {
                        let set = AssertSqlSafe(set.clone());
                        Box::pin(async move { connection.execute(set).await.map(drop) })
                    })
                });
            }
        }
        options
    }
}

/// Brings the tables to this version; refuses a database that a newer version wrote. Of
/// several processes that do so at once one makes the tables and the others wait for it.
pub(super) async fn migrate(write: &DatabaseConnection, beside: &DatabaseConnection) -> Result<()> {
    if has_all_tables(write).await? {
        return looking::expect_rights(write, true).await;
    }
    let attempted = "wait for another process that makes the tables";
    if write.get_database_backend() == DbBackend::Sqlite {
        // It makes tables in transactions, and has one writer at a time.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let alone = write.begin_with_options(options).await;
        let alone = alone.map_err(query(attempted))?;
        bring_up(&alone).await?;
        return alone.commit().await.map_err(StoreError::Migrate);
    }
    // The lock belongs to this connection, which does nothing else meanwhile.
    let lock = beside.begin().await.map_err(query(attempted))?;
    // However long the tables take: this transaction only holds the lock meanwhile.
    lock.execute_unprepared(be_idle(lock.get_database_backend()))
        .await
        .map_err(query(attempted))?;
    let (take, give_back) = lock_statements(lock.get_database_backend());
    let taken = lock.query_one_raw(take).await.map_err(query(attempted))?;
    if give_back.is_some() && !is_one(taken.as_ref()).map_err(query(attempted))? {
        lock.rollback().await.map_err(query(attempted))?;
        let late = format!("it has taken longer than {MIGRATION_LOCK_S} s");
        return Err(query(attempted)(DbErr::Custom(late)));
    }
    let migrated = bring_up(write).await;
    if let Some(statement) = give_back {
        lock.query_one_raw(statement)
            .await
            .map_err(query(attempted))?;
    }
    lock.rollback().await.map_err(query(attempted))?;
    migrated
}

/// Lets the server keep a transaction in which nothing is said for long.
fn be_idle(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => {
            "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '60s'"
        }
        // What stands in the comment only MariaDB reads, and only it has.
        _ => {
            "SET SESSION net_read_timeout = @@SESSION.net_read_timeout \
             /*M!100300 , SESSION idle_transaction_timeout = 0 */"
        }
    }
}

/// How to take the lock, and how to give it back where it outlives its transaction.
fn lock_statements(backend: DbBackend) -> (Statement, Option<Statement>) {
    if backend == DbBackend::Postgres {
        let take = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        return (Statement::from_string(backend, take), None);
    }
    // Names of such locks hold for the whole server and have at most 64 characters.
    let name = "concat('audience.', md5(database()))";
    let take = format!("SELECT get_lock({name}, {MIGRATION_LOCK_S})");
    let give_back = format!("SELECT release_lock({name})");
    (
        Statement::from_string(backend, take),
        Some(Statement::from_string(backend, give_back)),
    )
}

/// Whether a lock of MySQL was to be had: it answers 1, or 0 after the time that it waits.
fn is_one(row: Option<&QueryResult>) -> std::result::Result<bool, DbErr> {
    let answer: Option<i64> = match row {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    };
    Ok(answer == Some(1))
}

async fn bring_up<'c, C>(write: &'c C) -> Result<()>
where
    C: ConnectionTrait,
    &'c C: IntoDatabaseExecutor<'c>,
{
    if has_all_tables(write).await? {
        return Ok(());
    }
    Migrator::up(write, None).await.map_err(StoreError::Migrate)
}

/// Whether all tables are of this version. Fails if a newer version made them.
pub(super) async fn has_all_tables<'c, C>(write: &'c C) -> Result<bool>
where
    C: ConnectionTrait,
    &'c C: IntoDatabaseExecutor<'c>,
{
    let attempted = "read which migrations were applied";
    let table = Migrator::migration_table_name().to_string();
    let exists = SchemaManager::new(write).has_table(&table).await;
    if !exists.map_err(query(attempted))? {
        return Ok(false);
    }
    let backend = write.get_database_backend();
    let applied = Statement::from_string(backend, format!("SELECT version FROM {table}"));
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let rows = write.query_all_raw(applied).await;
    let rows = rows.map_err(query(attempted))?;
    for row in &rows {
        let migration: String = row.try_get("", "version").map_err(query(attempted))?;
        if !known.contains(&migration) {
            return Err(StoreError::Newer { migration });
        }
    }
    Ok(rows.len() == known.len())
}

fn unusable_file(reason: String) -> StoreError {
    StoreError::UnusableFile { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file_or_a_server_and_is_not_repeated_in_errors() {
        for url in ["sqlite://a.db", "sqlite:a.db"] {
            assert!(matches!(Place::of_url(url), Ok(Place::File(_))), "{url}");
        }
        for url in ["postgres://u:secret@h/d", "postgresql:///d?host=/run"] {
            assert!(
                matches!(Place::of_url(url), Ok(Place::Postgres(_))),
                "{url}"
            );
        }
        for url in ["mysql://u:secret@h/d", "mariadb://u@h/d?socket=/run/s"] {
            assert!(matches!(Place::of_url(url), Ok(Place::MySql(_))), "{url}");
        }
        for url in [
            "oracle://u:secret@h/d",
            "secret",
            "postgres://u:secret@h:x/d",
        ] {
            let text = Place::of_url(url).expect_err("unusable").to_string();
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
