//! The engine's own state: jobs, their steps and batches, leases, history.
//!
//! The store is the truth and messages between actors are hints: each decision can be made
//! again from here. Two rules hold for everything in this folder:
//! a change of state names the state it expects (`UPDATE … WHERE state = …`), and a change
//! made on behalf of a running job proves in the same transaction that its lease is still
//! held ([`Claim`]).

mod batches;
mod blobs;
mod error;
mod events;
mod jobs;
mod leases;
mod requeue;
mod steps;

use std::path::Path;
use std::time::Duration;

use entity::JobId;
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

pub use batches::{AttemptEnd, BatchKey};
pub use blobs::digest as blob_digest;
pub use error::StoreError;
pub use jobs::{CancelOutcome, JobFilter, NewJob, NewStep, Submitted};
pub use leases::{Owner, Wanted};

use crate::sqlite;
use crate::write_gate::{WriteGate, WritePass};
use error::query;

pub type Result<T> = std::result::Result<T, StoreError>;

/// How long a statement waits for another process that writes to the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Connections for readers; WAL lets them read while one writes.
const READ_CONNECTIONS: u32 = 4;

/// A handle to the engine's database; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
    gate: WriteGate,
}

/// The right to change one running job: lost as soon as another process claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub job: JobId,
    pub epoch: i64,
}

/// A write transaction; rolled back unless committed.
pub(crate) struct Write {
    transaction: DatabaseTransaction,
    _pass: WritePass,
}

impl Store {
    /// Opens (and creates, if need be) the database that `url` names and brings its tables to
    /// this version. Another process may be doing the same at this moment, so a failure is
    /// looked at again before it is believed.
    pub async fn open(url: &str) -> Result<Self> {
        const TRIES: u32 = 10;
        const PAUSE: Duration = Duration::from_millis(200);
        let mut tries = 0;
        loop {
            let opened = match Self::connect(url).await {
                Ok(store) => store.migrate().await.map(|()| store),
                Err(error) => Err(error),
            };
            tries += 1;
            match opened {
                Err(StoreError::Connect(_) | StoreError::Migrate(_)) if tries < TRIES => {
                    tokio::time::sleep(PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    async fn connect(url: &str) -> Result<Self> {
        let unknown = || StoreError::UnknownScheme {
            url: scheme_only(url),
        };
        let path = sqlite::file_of(url).ok_or_else(unknown)?;
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            // A failure shows as the error of the connection below, which names the cause.
            std::fs::create_dir_all(folder).ok();
        }
        let write = Database::connect(options(&path, 1))
            .await
            .map_err(StoreError::Connect)?;
        let read = Database::connect(options(&path, READ_CONNECTIONS))
            .await
            .map_err(StoreError::Connect)?;
        Ok(Self {
            read,
            write,
            gate: WriteGate::of_file(&path),
        })
    }

    /// Brings the tables to this version; refuses a database that a newer version wrote.
    async fn migrate(&self) -> Result<()> {
        let _pass = self.gate.enter().await;
        self.refuse_newer().await?;
        Migrator::up(&self.write, None)
            .await
            .map_err(StoreError::Migrate)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.read
            .execute_unprepared("SELECT 1")
            .await
            .map_err(query("reach the database"))?;
        Ok(())
    }

    pub async fn close(self) {
        // Closing is a courtesy: committed work is safe without it.
        self.read.close().await.ok();
        self.write.close().await.ok();
    }

    async fn refuse_newer(&self) -> Result<()> {
        let attempted = "read which migrations were applied";
        let table = Migrator::migration_table_name().to_string();
        let backend = self.write.get_database_backend();
        let exists = Statement::from_sql_and_values(
            backend,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?",
            [table.clone().into()],
        );
        if self
            .write
            .query_one_raw(exists)
            .await
            .map_err(query(attempted))?
            .is_none()
        {
            return Ok(());
        }
        let applied = Statement::from_string(backend, format!("SELECT version FROM {table}"));
        let known: Vec<String> = Migrator::migrations()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        for row in self
            .write
            .query_all_raw(applied)
            .await
            .map_err(query(attempted))?
        {
            let migration: String = row.try_get("", "version").map_err(query(attempted))?;
            if !known.contains(&migration) {
                return Err(StoreError::Newer { migration });
            }
        }
        Ok(())
    }

    pub(crate) async fn write(&self) -> Result<Write> {
        let pass = self.gate.enter().await;
        // Immediate: a transaction that begins by reading could not be upgraded once another
        // process has written.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = self
            .write
            .begin_with_options(options)
            .await
            .map_err(query("begin a transaction"))?;
        Ok(Write {
            transaction,
            _pass: pass,
        })
    }
}

impl Write {
    pub(crate) async fn commit(self) -> Result<()> {
        self.transaction
            .commit()
            .await
            .map_err(query("commit a transaction"))
    }
}

/// What may be shown of a URL: anything behind the scheme can hold a password.
fn scheme_only(url: &str) -> String {
    match url.split_once(':') {
        Some((scheme, _)) => format!("{scheme}:…"),
        None => "…".to_owned(),
    }
}

fn options(path: &Path, connections: u32) -> ConnectOptions {
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite:");
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // A job that was answered for must survive a power cut.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_TIMEOUT)
        });
    options
}
