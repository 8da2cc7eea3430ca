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
mod beside_slice;
mod blobs;
mod cancelling;
mod candidates;
pub(crate) mod changing;
mod claiming;
mod clock;
mod connect;
mod containing;
mod crashes;
mod dropping;
mod duty;
mod error;
pub(crate) mod events;
#[cfg(test)]
mod example_job;
mod finish;
mod for_job;
mod health;
mod held_back;
mod holders;
mod inserting;
mod jobs;
mod leases;
mod listing;
mod logs;
mod looking;
mod models;
mod needs;
mod new_file;
mod new_steps;
pub(crate) mod notifications;
mod observing;
mod owner;
pub(crate) mod parked_flows;
mod pool;
mod readers;
mod removing;
mod requeue;
pub(crate) mod rows;
mod saved_views;
mod sessions;
mod sharing;
mod slots;
mod starting_over;
mod steps;
mod submit;
mod sweeping;
mod timeline;
mod together;
mod triggers;
mod turns;
mod unindexed;
mod usual;
mod woken;
mod writer;
mod writing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::JobId;
use sea_orm::{ConnectionTrait, DatabaseConnection};

pub(in crate::engine) use audit::new_id as new_audit_id;
pub use audit::{AUDIT_TABLE, Audit, AuditFilter};
use batches::notes_outage;
pub(crate) use batches::send_signal;
pub use batches::{AttemptEnd, BatchKey, NewBatch, Parking, Signalled, SliceRecord};
pub(in crate::engine) use batches::{OUTAGE, signals_of};
pub use beside_slice::{BesideSlice, SliceRows};
pub use blobs::digest as blob_digest;
pub use cancelling::CancelOutcome;
pub(crate) use cancelling::ask_together;
pub(in crate::engine) use candidates::BEGUN_FIRST;
pub(in crate::engine) use claiming::Claims;
pub use claiming::{Claimed, QueuePlaces, Wanted};
pub(crate) use containing::contains;
pub use dropping::{AgedTable, JobTable};
pub use error::StoreError;
pub use events::{JobEvent, LastLife};
#[cfg(test)]
pub(crate) use example_job::example_job;
pub use finish::{CompletedStep, Finish};
pub use health::Health;
pub use holders::{Holder, Holders};
pub use jobs::{NewJob, Submitted};
pub use listing::{JobFilter, JobKind, JobsFound, StateCounts};
pub use logs::{LineFilter, NewLine};
pub(crate) use models::insertion;
pub use needs::Need;
pub use new_steps::{AddedSteps, NewStep};
pub(in crate::engine) use notifications::EndKind;
pub use notifications::{Follows, Interest, ReportableEnd, WantedFlows, WantedKinds};
pub use observing::{Connections, Waiting};
pub use owner::Owner;
pub(crate) use readers::{VIEWS, ViewPlace};
pub use removing::RemovalBegun;
pub use sharing::{LeaseHolder, QueueUse};
pub(in crate::engine) use slots::slots_of_key;
pub use slots::{Capacities, Shortage, SlotCapacities, SlotHolder};
pub use steps::NewPlan;
pub(crate) use sweeping::ended;
pub use together::{Beside, NothingBeside};
pub(in crate::engine) use triggers::{Change, Definition, NewFire, stored_key as stored_fire_key};
pub use usual::UsualTimes;

use crate::write_gate::WriteGate;
use clock::StoreClock;
use connect::Place;
pub(crate) use error::query;
pub(crate) use leases::check as check_lease;
pub(in crate::engine) use needs::Consequences;
pub(crate) use needs::settle as settle_needs;
pub(crate) use parked_flows::ParkedFlow;
use parked_flows::ParkedFlows;
pub(crate) use requeue::rerun_in;
pub(crate) use turns::take_turn;
use woken::Woken;
#[cfg(test)]
pub(crate) use writer::Connect;
pub(crate) use writer::Durable;
pub(crate) use writer::{SetOperation, SetOutcome};
use writer::{ToPlace, WriteConnection, Writer};

pub type Result<T> = std::result::Result<T, StoreError>;

/// Connections for readers. On SQLite, WAL lets them read while one writes.
const READ_CONNECTIONS: u32 = 4;

/// The length of leases where none is given.
const LEASE: Duration = Duration::from_secs(15);

/// A handle to the engine's database; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    read: DatabaseConnection,
    write: WriteConnection,
    writer: Writer,
    durable: Durable,
    health: Health,
    parked_flows: ParkedFlows,
    woken: Woken,
    counted: listing::Counted,
    interest: Interest,
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

    /// Whether a server can be connected to; says nothing of a file.
    pub async fn reach(url: &str) -> Result<()> {
        let attempted = Place::of_url(url)?.attempt().await;
        attempted.map_err(pool::not_connected)
    }

    /// Looks at the database that `url` names and changes nothing: whether it has all tables of this
    /// version. `None`: it is a file that will be made.
    pub async fn look_at(url: &str) -> Result<Option<bool>> {
        Place::of_url(url)?.has_tables().await
    }

    /// The same, and whether the engine can work there: its user has the rights to do so, and a file is
    /// not damaged. Changes nothing either.
    pub async fn examine(url: &str) -> Result<Option<bool>> {
        Place::of_url(url)?.examine().await
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
        let (health, interest) = (Health::default(), Interest::default());
        let (writer, durable) =
            Writer::start(write.clone(), gate, health.clone(), interest.clone());
        Self {
            read,
            writer,
            durable,
            write,
            health,
            parked_flows: ParkedFlows::default(),
            woken: Woken::default(),
            counted: listing::Counted::default(),
            interest,
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

    /// For readers who tell somebody outside of this machine of what they have read.
    pub(crate) fn durable(&self) -> &Durable {
        &self.durable
    }

    pub async fn close(self) {
        self.durable.so_far().await;
        // Closing is a courtesy: committed work is safe without it.
        self.read.close().await.ok();
        self.write.close().await;
    }

    /// A connection for reading.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.read
    }
}

/// Brings the tables to this version and this process to the store's time.
async fn make_ready(write: &WriteConnection, read: &DatabaseConnection) -> Result<StoreClock> {
    let connection = write.get().await.map_err(StoreError::Connect)?;
    connect::migrate(&connection, read).await?;
    StoreClock::set(write, read).await
}
