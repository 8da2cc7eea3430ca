//! The engine's own state: jobs, their steps and batches, leases, history.
//!
//! The store is the truth and messages between actors are hints: each decision can be made
//! again from here. Two rules hold for everything in this folder:
//! a change of state names the state it expects (`UPDATE … WHERE state = …`), and a change
//! made on behalf of a running job proves in the same transaction that its lease is still
//! held ([`Claim`]).
//!
//! A system may keep tables of its own in the same database: it writes with `Store::write` and
//! `Store::write_in_set` and reads with `Store::reader`; `rows` puts many rows into one
//! statement, `events` into the history of their jobs, and `query` says what was attempted.
//! Jobs that are done outside from the beginning are stored with `parked_flows`, many that need each
//! other with `together`.

mod artifacts;
pub(crate) mod audit;
mod batches;
mod blobs;
mod cancelling;
mod candidates;
pub(crate) mod changing;
mod claiming;
mod clock;
mod connect;
mod crashes;
mod dropping;
mod duty;
mod error;
pub(crate) mod events;
#[cfg(test)]
mod example_job;
mod finish;
mod health;
mod held_back;
mod holders;
mod inserting;
mod jobs;
mod leases;
mod logs;
mod models;
mod needs;
mod new_file;
mod observing;
mod owner;
pub(crate) mod parked_flows;
mod pool;
mod removing;
mod requeue;
pub(crate) mod rows;
mod sessions;
mod slots;
mod steps;
mod submit;
mod sweeping;
mod together;
mod turns;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::JobId;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};

pub(in crate::engine) use audit::new_id as new_audit_id;
pub use audit::{AUDIT_TABLE, Audit, AuditFilter};
use batches::notes_outage;
pub(crate) use batches::send_signal;
pub use batches::{AttemptEnd, BatchKey, NewBatch, Parking, Signalled, SliceRecord};
pub(in crate::engine) use batches::{OUTAGE, signals_of};
pub use blobs::digest as blob_digest;
pub use cancelling::CancelOutcome;
pub(crate) use cancelling::ask_together;
pub(in crate::engine) use candidates::BEGUN_FIRST;
pub(in crate::engine) use claiming::Claims;
pub use claiming::{Claimed, QueuePlaces, Wanted};
pub use dropping::{AgedTable, JobTable};
pub use error::StoreError;
pub use events::LastLife;
#[cfg(test)]
pub(crate) use example_job::example_job;
pub use finish::{CompletedStep, Finish};
pub use health::Health;
pub use holders::{Holder, Holders};
pub use jobs::{JobFilter, NewJob, NewStep, Submitted};
pub use logs::NewLine;
pub(crate) use models::insertion;
pub use needs::Need;
pub use observing::{Connections, Waiting};
pub use owner::Owner;
pub use removing::RemovalBegun;
pub(in crate::engine) use slots::slots_of_key;
pub use slots::{Capacities, Shortage, SlotCapacities, SlotHolder};
pub use steps::NewPlan;
pub(crate) use sweeping::ended;
pub use together::{Beside, NothingBeside};

use crate::write_gate::WriteGate;
use clock::StoreClock;
use connect::Place;
pub(crate) use error::query;
pub(crate) use leases::check as check_lease;
pub(in crate::engine) use needs::Consequences;
pub(crate) use needs::settle as settle_needs;
pub(crate) use parked_flows::ParkedFlow;
use parked_flows::ParkedFlows;
pub(crate) use turns::take_turn;
#[cfg(test)]
pub(crate) use writer::Connect;
pub(crate) use writer::{SetOperation, SetOutcome};
use writer::{ToPlace, WriteConnection, Writer};

pub type Result<T> = std::result::Result<T, StoreError>;

/// Connections for readers. On SQLite, WAL lets them read while one writes.
const READ_CONNECTIONS: u32 = 4;

/// The length of leases where none is given.
const LEASE: Duration = Duration::from_secs(15);

/// How often an operation is done while other processes are in its way; the pause between two tries is
/// about what a transaction takes.
const COLLISIONS_MAX: u32 = 100;
const COLLISION_PAUSE: Duration = Duration::from_millis(3);

/// A handle to the engine's database; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    read: DatabaseConnection,
    write: WriteConnection,
    writer: Writer,
    health: Health,
    parked_flows: ParkedFlows,
    _clock: StoreClock,
}

/// The right to change one running job: lost as soon as another process claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub job: JobId,
    pub epoch: i64,
}

impl Store {
    /// Opens (and creates, if need be) the database that `url` names and brings its tables to
    /// this version. Another process may be doing the same at this moment, so a failure is
    /// looked at again before it is believed.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_for(url, LEASE).await
    }

    /// The same for processes whose leases are of this length.
    pub async fn open_for(url: &str, lease: Duration) -> Result<Self> {
        const PATIENCE: Duration = Duration::from_secs(2);
        // Tables that were made before a connection was lost stay: the next try has less to do.
        const PATIENCE_WITH_TABLES: Duration = Duration::from_secs(15);
        const PAUSE: Duration = Duration::from_millis(200);
        let begun = Instant::now();
        loop {
            match Self::open_once(url, lease).await {
                Err(error) if error.may_pass_at_start() => {
                    let makes_tables = matches!(error, StoreError::Migrate(_)) && error.is_away();
                    let patience = match makes_tables {
                        true => PATIENCE_WITH_TABLES,
                        false => PATIENCE,
                    };
                    if begun.elapsed() >= patience {
                        return Err(error);
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    /// Finds out whether `url` can name a database, without touching it.
    pub fn check_url(url: &str) -> Result<()> {
        Place::of_url(url).map(drop)
    }

    /// Looks at the database that `url` names and changes nothing: whether it has all tables of this
    /// version. `None`: it is a file that will be made.
    pub async fn look_at(url: &str) -> Result<Option<bool>> {
        Place::of_url(url)?.has_tables().await
    }

    async fn open_once(url: &str, lease: Duration) -> Result<Self> {
        let place = Place::of_url(url)?;
        let gate = match &place {
            Place::File(path) => Some(WriteGate::of_file(path)),
            Place::Postgres(_) | Place::MySql(_) => None,
        };
        place.create()?;
        let read = match place.connect(READ_CONNECTIONS, lease).await {
            Ok(read) => read,
            Err(cause) => {
                let cause = place.attempt().await.err().unwrap_or(cause);
                return Err(pool::not_connected(cause));
            }
        };
        pool::refuse(&read).await?;
        let write = WriteConnection::new(Arc::new(ToPlace { place, lease }));
        let ready = {
            let _pass = match &gate {
                Some(gate) => Some(gate.enter().await),
                None => None,
            };
            make_ready(&write, &read).await
        };
        match ready {
            Ok(clock) => Ok(Self {
                _clock: clock,
                ..Self::on(read, write, gate)
            }),
            Err(error) => {
                // What is half done is taken back with its connection, and so are locks.
                write.close().await;
                read.close().await.ok();
                Err(error)
            }
        }
    }

    /// To a database that has its tables.
    fn on(read: DatabaseConnection, write: WriteConnection, gate: Option<WriteGate>) -> Self {
        let health = Health::default();
        Self {
            read,
            writer: Writer::start(write.clone(), gate, health.clone()),
            write,
            health,
            parked_flows: ParkedFlows::default(),
            _clock: StoreClock::default(),
        }
    }

    /// On connections of a simulation, to a database that has its tables.
    #[cfg(test)]
    pub(crate) fn simulated(read: DatabaseConnection, connect: Arc<dyn Connect>) -> Self {
        Self::on(read, WriteConnection::new(connect), None)
    }

    /// Whether it works, as far as its calls have found out.
    pub fn health(&self) -> &Health {
        &self.health
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
        self.write.close().await;
    }

    /// A connection for reading.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Runs an operation in a transaction and returns its value when it is durable. An error, or
    /// a panic, undoes what the operation did, and nothing else. It runs in the writer's task,
    /// while all other writers wait: it must await nothing but its own statements.
    ///
    /// If the caller stops waiting before the operation begins, it is not done at all.
    pub(crate) async fn write<T, F>(&self, operation: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        let call = audit::current();
        let Some((call, row)) = call.and_then(|call| call.row().map(|row| (call, row))) else {
            return self.writer.write(operation).await;
        };
        let recorded = self.writer.write(move |on| {
            Box::pin(async move {
                let value = operation(on).await?;
                audit::enter(on, &[Arc::new(row)]).await?;
                Ok(value)
            })
        });
        let written = recorded.await;
        if written.is_ok() {
            call.is_stored();
        }
        written
    }

    /// The same on behalf of the process that runs a job: fails if its lease is lost.
    pub(crate) async fn write_for<T, F>(&self, claim: &Claim, operation: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction, &'a Claim) -> BoxFuture<'a, Result<T>>
            + Send
            + 'static,
    {
        let claim = claim.clone();
        self.write(move |on| {
            Box::pin(async move {
                leases::check(on, &claim).await?;
                operation(on, &claim).await
            })
        })
        .await
    }

    /// Writes, and does so again if another process is in the way.
    pub(crate) async fn again<T, F>(&self, write: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut tries = 1;
        loop {
            match write().await {
                Err(error) if tries < COLLISIONS_MAX && error.is_collision() => {
                    tokio::time::sleep(COLLISION_PAUSE).await;
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    /// Does an operation together with those of its type that wait at the same time, and returns
    /// its outcome when it is durable. If another process is in the way, it is done again.
    pub(crate) async fn write_in_set<T: SetOperation>(&self, operation: T) -> Result<T::Outcome> {
        let outcome = self.write_all_in_set(vec![operation]).await.pop();
        outcome.unwrap_or(Err(StoreError::Closed))
    }

    /// The same of several operations, in their order. Each has an outcome of its own.
    pub(crate) async fn write_all_in_set<T: SetOperation>(
        &self,
        operations: Vec<T>,
    ) -> Vec<Result<T::Outcome>> {
        let operations: Vec<Arc<T>> = operations.into_iter().map(Arc::new).collect();
        let mut outcomes: Vec<Option<Result<T::Outcome>>> = Vec::new();
        outcomes.resize_with(operations.len(), || None);
        let mut open: Vec<usize> = (0..operations.len()).collect();
        let mut tries = 1;
        while !open.is_empty() {
            let set = open.iter().map(|at| Arc::clone(&operations[*at])).collect();
            let call = audit::current();
            let row = call.as_ref().and_then(|call| call.row()).map(Arc::new);
            let done = self.writer.write_in_set(set, row.as_ref()).await;
            if let (Some(call), true) = (call, row.is_some() && done.iter().any(Result::is_ok)) {
                call.is_stored();
            }
            let mut again = Vec::new();
            for (at, outcome) in open.into_iter().zip(done) {
                match outcome {
                    Err(error) if tries < COLLISIONS_MAX && error.is_collision() => again.push(at),
                    outcome => outcomes[at] = Some(outcome),
                }
            }
            open = again;
            if !open.is_empty() {
                tokio::time::sleep(COLLISION_PAUSE).await;
                tries += 1;
            }
        }
        let outcomes = outcomes.into_iter();
        outcomes
            .map(|outcome| outcome.unwrap_or(Err(StoreError::Closed)))
            .collect()
    }
}

/// Brings the tables to this version and this process to the store's time.
async fn make_ready(write: &WriteConnection, read: &DatabaseConnection) -> Result<StoreClock> {
    let connection = write.get().await.map_err(StoreError::Connect)?;
    connect::migrate(&connection, read).await?;
    StoreClock::set(write, read).await
}
