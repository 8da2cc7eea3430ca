//! The engine's own state: jobs, their steps and batches, leases, history.
//!
//! The store is the truth and messages between actors are hints: each decision can be made
//! again from here. Two rules hold for everything in this folder:
//! a change of state names the state it expects (`UPDATE … WHERE state = …`), and a change
//! made on behalf of a running job proves in the same transaction that its lease is still
//! held ([`Claim`]).

mod batches;
mod blobs;
mod connect;
mod error;
mod events;
mod jobs;
mod leases;
mod requeue;
mod steps;

use std::time::{Duration, Instant};

use entity::JobId;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

pub use batches::{AttemptEnd, BatchKey};
pub use blobs::digest as blob_digest;
pub use error::StoreError;
pub use jobs::{CancelOutcome, JobFilter, NewJob, NewStep, Submitted};
pub use leases::{Owner, Wanted};

use crate::write_gate::{WriteGate, WritePass};
use connect::Place;
use error::query;

pub type Result<T> = std::result::Result<T, StoreError>;

/// Connections for readers. On SQLite, WAL lets them read while one writes.
const READ_CONNECTIONS: u32 = 4;

/// A handle to the engine's database; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// Only where the database is a file.
    gate: Option<WriteGate>,
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
    _pass: Option<WritePass>,
}

impl Store {
    /// Opens (and creates, if need be) the database that `url` names and brings its tables to
    /// this version. Another process may be doing the same at this moment, so a failure is
    /// looked at again before it is believed.
    pub async fn open(url: &str) -> Result<Self> {
        const PATIENCE: Duration = Duration::from_secs(2);
        const PAUSE: Duration = Duration::from_millis(200);
        let begun = Instant::now();
        loop {
            let opened = match Self::connect(url).await {
                Ok(store) => store.migrate().await.map(|()| store),
                Err(error) => Err(error),
            };
            match opened {
                Err(StoreError::Connect(_) | StoreError::Migrate(_))
                    if begun.elapsed() < PATIENCE =>
                {
                    tokio::time::sleep(PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    async fn connect(url: &str) -> Result<Self> {
        let place = Place::of_url(url)?;
        let gate = match &place {
            Place::File(path) => Some(WriteGate::of_file(path)),
            Place::Postgres(_) | Place::MySql(_) => None,
        };
        Ok(Self {
            write: place.connect(1).await?,
            read: place.connect(READ_CONNECTIONS).await?,
            gate,
        })
    }

    async fn migrate(&self) -> Result<()> {
        let _pass = self.pass().await;
        connect::migrate(&self.write, &self.read).await
    }

    async fn pass(&self) -> Option<WritePass> {
        match &self.gate {
            Some(gate) => Some(gate.enter().await),
            None => None,
        }
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

    pub(crate) async fn write(&self) -> Result<Write> {
        let pass = self.pass().await;
        let transaction = self
            .write
            .begin_with_options(transaction_options(self.write.get_database_backend()))
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

fn transaction_options(backend: DbBackend) -> TransactionOptions {
    match backend {
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
    }
}
