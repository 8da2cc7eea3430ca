//! The connection of the writer, which is given up after anything that fails where a transaction
//! begins or ends.
//!
//! What is left of such a transaction is known to nobody: SQLite keeps it open after some failed
//! commits and has rolled it back after others, and the driver counts savepoints on that guess. A
//! connection that continues with a wrong count nests all later transactions in the lost one and
//! commits none of them. So it is closed, which ends whatever is left, and another one is made.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::time::timeout;

use super::flushing::Log;
use crate::engine::store::connect::{LOCK_TIMEOUT, Place};

/// How long a connection may take to close. It is closed later if it takes longer, and used by
/// nobody meanwhile.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes connections for the writer.
pub(crate) trait Connect: Send + Sync + 'static {
    fn connect(&self) -> BoxFuture<'_, Result<DatabaseConnection, DbErr>>;

    /// The outcome of a commit that the driver calls a success: its simulated connections cannot
    /// fail to commit.
    fn confirm_commit(&self) -> Result<(), DbErr> {
        Ok(())
    }

    /// How long the database may leave the beginning or the end of a transaction unanswered. `None`:
    /// there is no network that could go silent.
    fn silence_max(&self) -> Option<Duration> {
        None
    }

    /// What has to be flushed after a commit. `None`: it is durable by itself.
    fn log(&self) -> Option<Arc<dyn Log>> {
        None
    }
}

/// Connections to the place of the store; `lease` as in [`Place::connect`].
pub(in crate::engine::store) struct ToPlace {
    pub place: Place,
    pub lease: Duration,
}

impl Connect for ToPlace {
    fn connect(&self) -> BoxFuture<'_, Result<DatabaseConnection, DbErr>> {
        Box::pin(self.place.connect(1, self.lease))
    }

    /// Other processes take over by then what this one was about.
    fn silence_max(&self) -> Option<Duration> {
        match self.place {
            Place::File(_) => None,
            Place::Postgres(_) | Place::MySql(_) => Some(self.lease),
        }
    }

    fn log(&self) -> Option<Arc<dyn Log>> {
        match &self.place {
            Place::File(path) => Some(Arc::new(WriteAheadLog::of(path))),
            Place::Postgres(_) | Place::MySql(_) => None,
        }
    }
}

/// The file that SQLite writes commits to, until they are taken over into the database.
struct WriteAheadLog(PathBuf);

impl WriteAheadLog {
    fn of(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self(path.into())
    }
}

impl Log for WriteAheadLog {
    /// Opening and closing it does no harm to SQLite, which locks other files.
    fn flush(&self) -> io::Result<()> {
        match File::open(&self.0) {
            Ok(log) => log.sync_data(),
            // The last connection that was closed has taken it over into the database, and flushed that.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// One connection at a time; clones share it.
#[derive(Clone)]
pub(in crate::engine::store) struct WriteConnection {
    connect: Arc<dyn Connect>,
    current: Arc<Mutex<Current>>,
}

#[derive(Debug)]
enum Current {
    Open(DatabaseConnection),
    GivenUp,
    /// The store is closed: no other connection is made.
    Closed,
}

impl std::fmt::Debug for WriteConnection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("WriteConnection")
            .field(&*self.current())
            .finish()
    }
}

impl WriteConnection {
    pub(in crate::engine::store) fn new(connect: Arc<dyn Connect>) -> Self {
        Self {
            connect,
            current: Arc::new(Mutex::new(Current::GivenUp)),
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open connection, if there is one.
    pub(in crate::engine::store) fn opened(&self) -> Option<DatabaseConnection> {
        match &*self.current() {
            Current::Open(connection) => Some(connection.clone()),
            Current::GivenUp | Current::Closed => None,
        }
    }

    /// The open connection, or a new one.
    pub(in crate::engine::store) async fn get(&self) -> Result<DatabaseConnection, DbErr> {
        match &*self.current() {
            Current::Open(connection) => return Ok(connection.clone()),
            Current::GivenUp => {}
            Current::Closed => return Err(closed()),
        }
        let connection = self.connect.connect().await?;
        let is_closed = {
            let mut current = self.current();
            let is_closed = matches!(*current, Current::Closed);
            if !is_closed {
                *current = Current::Open(connection.clone());
            }
            is_closed
        };
        match is_closed {
            true => {
                close(connection).await;
                Err(closed())
            }
            false => Ok(connection),
        }
    }

    /// Begins a transaction. After an error the connection has been given up.
    pub(in crate::engine::store) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let connection = self.get().await?;
        let options = match connection.get_database_backend() {
            // A transaction that begins by reading could not be upgraded once another process has
            // written.
            DbBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            },
            // A change names the state it expects and so sees what others have committed; locks on
            // gaps between rows, which MySQL takes by default, would only make processes collide.
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::ReadCommitted),
                ..Default::default()
            },
        };
        let begun = connection.begin_with_options(options);
        let begun = self.in_time(begun).await;
        if begun.is_err() {
            self.give_up().await;
        }
        begun
    }

    /// After an error the connection has to be given up, once its callers have been answered.
    pub(in crate::engine::store) async fn commit(
        &self,
        transaction: DatabaseTransaction,
    ) -> Result<(), DbErr> {
        self.in_time(transaction.commit()).await?;
        self.connect.confirm_commit()
    }

    pub(super) fn log(&self) -> Option<Arc<dyn Log>> {
        self.connect.log()
    }

    /// How long an operation may take, with its waits for other transactions.
    pub(super) fn patience(&self) -> Option<Duration> {
        Some(self.connect.silence_max()? + LOCK_TIMEOUT)
    }

    /// What the database answers to one statement that waits for nobody; an error if it does not. Such
    /// a network says nothing at all, for as long as the operating system believes in it.
    pub(super) async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let Some(silence_max) = self.connect.silence_max() else {
            return statement.await;
        };
        let answered = timeout(silence_max, statement).await;
        answered.unwrap_or_else(|_| {
            let reason = format!(
                "the server has not answered for {} s",
                silence_max.as_secs()
            );
            Err(DbErr::Conn(RuntimeErr::Internal(reason)))
        })
    }

    /// Rolls back, however much is left of the transaction. After an error the connection has
    /// been given up.
    pub(super) async fn roll_back(&self, transaction: DatabaseTransaction) -> Result<(), DbErr> {
        let rolled_back = self.in_time(transaction.rollback()).await;
        if rolled_back.is_err() {
            self.give_up().await;
        }
        rolled_back
    }

    /// Closes the connection, so that the next transaction has another one. No transaction of it
    /// may be held any more.
    pub(super) async fn give_up(&self) {
        let given_up = {
            let mut current = self.current();
            match &*current {
                Current::Open(_) => std::mem::replace(&mut *current, Current::GivenUp),
                Current::GivenUp | Current::Closed => return,
            }
        };
        if let Current::Open(connection) = given_up {
            close(connection).await;
        }
    }

    /// Closes the connection for good.
    pub(in crate::engine::store) async fn close(&self) {
        let last = std::mem::replace(&mut *self.current(), Current::Closed);
        if let Current::Open(connection) = last {
            // Closing is a courtesy: committed work is safe without it.
            connection.close().await.ok();
        }
    }
}

async fn close(connection: DatabaseConnection) {
    // Whatever it answers, it is used by nobody any more.
    timeout(CLOSE_TIMEOUT, connection.close_by_ref()).await.ok();
}

fn closed() -> DbErr {
    let reason = "the engine's database has been closed".to_owned();
    DbErr::Conn(RuntimeErr::Internal(reason))
}
