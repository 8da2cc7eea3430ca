//! The one writer of a store: takes everything that waits, does it in one transaction, commits
//! once and answers each caller. No caller is answered before the commit, and nothing waits for
//! company: what arrives during one commit goes together into the next.
//!
//! ```text
//! waiting ──► BEGIN ─ set ─ set ─ … ─ operation ─ operation ─ … ─► COMMIT ──► each is answered
//!                     (a savepoint each: undone alone)
//! ```
//!
//! An *operation* is a closure that is given the transaction and runs here, in the writer's task:
//! the transaction is lent to nobody, so nobody can hold up the others by waiting for something
//! else meanwhile. For the same reason an operation must await nothing but its own statements; one
//! that waits for another write of the same store waits for itself. What is done often is data
//! instead ([`SetOperation`]) and is done in sets.

mod group;
mod operation;
mod set;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

pub(crate) use set::{SetOperation, SetOutcome};

use super::{Result, StoreError, query};
use crate::telemetry::metrics::metrics;
use crate::write_gate::WriteGate;
use group::Group;
use operation::{Answer, Closure, Operation, Reply, not_begun};
use set::{AnySet, Memories, Set};

/// What may wait for the writer; more waits to be let in.
const WAITING_MAX: usize = 4_096;

/// A transaction takes nothing in any more once it is this old: the first ones in it wait.
const GROUP_LONGEST: Duration = Duration::from_millis(10);

/// Something that is to be written.
enum Waiting {
    Alone(Box<dyn Operation>),
    InSet(Box<dyn AnySet>),
}

impl Waiting {
    fn refuse(self, cause: &DbErr) {
        match self {
            Self::Alone(operation) => operation.refuse(not_begun(cause)),
            Self::InSet(set) => set.refuse(cause),
        }
    }
}

/// A handle to the writer; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Waiting>);

impl Writer {
    /// Starts the writer on its connection. It ends when all handles are dropped.
    pub(super) fn start(connection: DatabaseConnection, gate: Option<WriteGate>) -> Self {
        let (handle, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(connection, gate, waiting));
        Self(handle)
    }

    pub(super) async fn write<T, F>(&self, operation: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.wait(|reply| Waiting::Alone(Box::new(Closure::new(operation, reply))))
            .await
    }

    pub(super) async fn write_in_set<T: SetOperation>(&self, operation: T) -> Result<T::Outcome> {
        self.wait(|reply| Waiting::InSet(Box::new(Set::of(operation, reply))))
            .await
    }

    async fn wait<T>(&self, waiting: impl FnOnce(Reply<T>) -> Waiting) -> Result<T> {
        let (reply, answer) = oneshot::channel::<Answer<T>>();
        let sent = self.0.send(waiting(Reply(reply))).await;
        sent.map_err(|_| StoreError::Closed)?;
        match answer.await.map_err(|_| StoreError::Closed)? {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

async fn run(
    connection: DatabaseConnection,
    gate: Option<WriteGate>,
    mut waiting: mpsc::Receiver<Waiting>,
) {
    let mut memories = Memories::default();
    let mut taken = Vec::new();
    while waiting.recv_many(&mut taken, WAITING_MAX).await > 0 {
        let _pass = match &gate {
            Some(gate) => Some(gate.enter().await),
            None => None,
        };
        let transaction = match begin(&connection).await {
            Ok(transaction) => transaction,
            Err(cause) => {
                taken
                    .drain(..)
                    .for_each(|waiting: Waiting| waiting.refuse(&cause));
                continue;
            }
        };
        let mut group = Group::new(&connection, transaction, &mut memories);
        let begun = Instant::now();
        while !taken.is_empty() {
            group.work(&mut taken).await;
            if begun.elapsed() < GROUP_LONGEST {
                while taken.len() < WAITING_MAX
                    && let Ok(next) = waiting.try_recv()
                {
                    taken.push(next);
                }
            }
        }
        group.commit().await;
        let took = begun.elapsed().as_secs_f64();
        metrics().store_transaction.record(took, &[], None);
    }
}

async fn begin(connection: &DatabaseConnection) -> std::result::Result<DatabaseTransaction, DbErr> {
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
    connection.begin_with_options(options).await
}
