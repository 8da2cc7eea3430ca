//! The one writer of a store: takes everything that waits, does it in one transaction, commits
//! once and answers each caller. No caller is answered before the commit, and nothing waits for
//! company: what arrives during one commit goes together into the next.
//!
//! ```text
//! waiting ──► BEGIN ─ set ─ set ─ … ─ operation ─ operation ─ … ─► COMMIT ──► each is answered
//!                     (a savepoint each: undone alone)               │
//!                                                    of a file: ─► flush ─► what has to be durable
//! ```
//!
//! Where the database is a file, the flush is done beside the next transaction (`flushing`).
//!
//! An *operation* is a closure that is given the transaction and runs here, in the writer's task:
//! the transaction is lent to nobody, so nobody can hold up the others by waiting for something
//! else meanwhile. For the same reason an operation must await nothing but its own statements; one
//! that waits for another write of the same store waits for itself. What is done often is data
//! instead ([`SetOperation`]) and is done in sets.
//!
//! After a failed `BEGIN`, `COMMIT` or `ROLLBACK` the connection is given up (`connection`). From
//! then on the writer tries by itself, until the database works again, whether it does.

mod connection;
mod flushing;
mod group;
mod operation;
mod set;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use entity::audit;
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

#[cfg(test)]
pub(crate) use connection::Connect;
pub(super) use connection::{ToPlace, WriteConnection};
pub(crate) use flushing::Durable;
pub(crate) use set::{SetOperation, SetOutcome};

use super::health::Health;
use super::notifications::{Interest, knowing};
use super::{Result, StoreError};
use crate::telemetry::metrics::metrics;
use crate::write_gate::WriteGate;
use flushing::Flushing;
use group::Group;
use operation::{Answer, Closure, Operation, Refusal, Reply};
use set::{AnySet, Member, Memories, Set};

/// What may wait for the writer; more waits to be let in.
const WAITING_MAX: usize = 4_096;

/// A transaction takes nothing in any more once it is this old: the first ones in it wait.
const GROUP_LONGEST: Duration = Duration::from_millis(10);

/// During an outage, how often the writer tries whether the database works again.
const TRY_EVERY: Duration = Duration::from_millis(300);

/// When what was written survives a power cut. The end of a process undoes no commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Before its caller is answered.
    AtOnce,
    /// With the next flush for another one, and never before an earlier one. Only for what nobody
    /// outside of this machine acts upon. The database of a server may lose its power
    /// alone: there it is the same as [`Durability::AtOnce`].
    Soon,
}

/// Something that is to be written.
enum Waiting {
    Alone(Box<dyn Operation>, Durability),
    InSet(Box<dyn AnySet>),
}

impl Waiting {
    fn refuse(self, refusal: Refusal<'_>) {
        match self {
            Self::Alone(operation, _) => operation.refuse(refusal()),
            Self::InSet(set) => set.refuse(refusal),
        }
    }
}

/// A handle to the writer; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Waiting>);

impl Writer {
    /// Starts the writer on its connection. It ends when all handles are dropped.
    pub(super) fn start(
        connection: WriteConnection,
        gate: Option<WriteGate>,
        health: Health,
        interest: Interest,
    ) -> (Self, Durable) {
        let (handle, waiting) = mpsc::channel(WAITING_MAX);
        let (flushing, durable) = match connection.log() {
            Some(log) => {
                let (flushing, durable) = Flushing::start(log, health.clone());
                (Some(flushing), durable)
            }
            None => (None, Durable::always()),
        };
        let writing = Writing {
            connection,
            flushing,
            gate,
            health,
            memories: Memories::default(),
        };
        tokio::spawn(knowing(interest, writing.run(waiting)));
        (Self(handle), durable)
    }

    pub(super) async fn write<T, F>(&self, durability: Durability, operation: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.wait(|reply| Waiting::Alone(Box::new(Closure::new(operation, reply)), durability))
            .await
    }

    /// Does operations in one set, and returns the outcome of each. They are those of a call that is
    /// recorded as `call`.
    pub(super) async fn write_in_set<T: SetOperation>(
        &self,
        operations: Vec<T>,
        call: Option<&Arc<audit::Model>>,
    ) -> Vec<Result<T::Outcome>> {
        let (replies, answers): (Vec<_>, Vec<_>) =
            operations.iter().map(|_| oneshot::channel()).unzip();
        let set = operations.into_iter().zip(replies);
        let set = set.map(|(operation, reply)| Member {
            operation,
            reply: Reply(reply),
            call: call.cloned(),
        });
        // Where it is not sent, the answers are dropped with it.
        let set = Waiting::InSet(Box::new(Set::of(set)));
        self.0.send(set).await.ok();
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            outcomes.push(outcome(answer).await);
        }
        outcomes
    }

    async fn wait<T>(&self, waiting: impl FnOnce(Reply<T>) -> Waiting) -> Result<T> {
        let (reply, answer) = oneshot::channel::<Answer<T>>();
        let sent = self.0.send(waiting(Reply(reply))).await;
        sent.map_err(|_| StoreError::Closed)?;
        outcome(answer).await
    }
}

async fn outcome<T>(answer: oneshot::Receiver<Answer<T>>) -> Result<T> {
    match answer.await.map_err(|_| StoreError::Closed)? {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// What the writer's task works with.
struct Writing {
    connection: WriteConnection,
    /// `None`: what is committed is durable.
    flushing: Option<Flushing>,
    gate: Option<WriteGate>,
    health: Health,
    memories: Memories,
}

impl Writing {
    async fn run(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut taken = Vec::new();
        while !taken.is_empty() || take(&self.health, &mut waiting, &mut taken).await {
            let _pass = match &self.gate {
                Some(gate) => Some(gate.enter().await),
                None => None,
            };
            let transaction = match self.connection.begin().await {
                Ok(transaction) => transaction,
                Err(cause) => {
                    self.health.failed(&StoreError::NotBegun(cause.clone()));
                    // Those that have come meanwhile need not wait for another failure.
                    while let Ok(next) = waiting.try_recv() {
                        taken.push(next);
                    }
                    for waiting in taken.drain(..) {
                        waiting.refuse(&|| StoreError::NotBegun(cause.clone()));
                    }
                    continue;
                }
            };
            let is_trial = taken.is_empty();
            let mut group = Group::new(
                &self.connection,
                transaction,
                &mut self.memories,
                &self.health,
            );
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
            if is_trial {
                group.trial().await;
            }
            group.commit(self.flushing.as_ref()).await;
            let took = begun.elapsed().as_secs_f64();
            metrics().store_transaction.record(took, &[], None);
        }
    }
}

/// Takes what waits. During an outage it takes nothing after a while, for a trial. `false`: all
/// handles are dropped.
async fn take(
    health: &Health,
    waiting: &mut mpsc::Receiver<Waiting>,
    taken: &mut Vec<Waiting>,
) -> bool {
    let next = waiting.recv_many(taken, WAITING_MAX);
    if !health.is_in_doubt() {
        return next.await > 0;
    }
    let received = timeout(TRY_EVERY, next).await;
    received.is_err() || received.is_ok_and(|number| number > 0)
}
