//! The one writer of a store: takes whoever waits, does their work in one transaction, commits
//! once and tells each. Nobody is told before the commit, and nobody waits for company: what
//! arrives during one commit goes together into the next.
//!
//! ```text
//! waiting ──► BEGIN ─ finishes ─ submissions ─ reports ─ turn ─ … ─► COMMIT ──► each is told
//!                     (in sets)                           (a savepoint each: undone alone)
//! ```
//!
//! Submissions and finishes of jobs and reports on tasks are data and are done in sets. Anything else gets a
//! *turn*: it is lent the transaction, says its statements and hands it back.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::dispatch::{self, ReportOf, Reported};
use super::finish::{self, Finish};
use super::submit::{self, Room, Submission};
use super::{Result, StoreError, Submitted, query};
use crate::telemetry::metrics::metrics;
use crate::write_gate::WriteGate;

/// Who may wait for the writer; more wait to be let in.
const WAITING_MAX: usize = 4_096;

/// A transaction takes nobody in any more once it is this old: the first ones in it wait.
const GROUP_LONGEST: Duration = Duration::from_millis(10);

/// Marks where an operation of a group begins.
const BEGIN_PART: &str = "SAVEPOINT part";
const NEXT_PART: &str = "RELEASE SAVEPOINT part; SAVEPOINT part";
const UNDO_PART: &str = "ROLLBACK TO SAVEPOINT part";

/// Somebody who wants to write.
enum Waiting {
    Turn(oneshot::Sender<Result<Write>>),
    Submit(Box<Submission>, oneshot::Sender<Result<Submitted>>),
    Finish(Box<Finish>, oneshot::Sender<Result<bool>>),
    Report(Box<ReportOf>, oneshot::Sender<Result<Reported>>),
}

/// Tells somebody how the commit of the transaction with their work went.
type Promise = Box<dyn FnOnce(Result<()>) + Send>;

/// A handle to the writer; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Waiting>);

/// The transaction, lent for one operation; what it did is undone unless it is committed.
pub(crate) struct Write {
    /// Given back before the word is.
    transaction: Arc<DatabaseTransaction>,
    done: oneshot::Sender<Promise>,
}

impl Write {
    pub(super) fn on(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Returns when what was done is durable.
    pub(crate) async fn commit(self) -> Result<()> {
        let (promise, kept) = oneshot::channel();
        let Self { transaction, done } = self;
        drop(transaction);
        let tell: Promise = Box::new(|result| drop(promise.send(result)));
        done.send(tell).map_err(|_| StoreError::Closed)?;
        kept.await.map_err(|_| StoreError::Closed)?
    }
}

impl Writer {
    /// Starts the writer on its connection. It ends when all handles are gone.
    pub(super) fn start(connection: DatabaseConnection, gate: Option<WriteGate>) -> Self {
        let (handle, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(connection, gate, waiting));
        Self(handle)
    }

    pub(super) async fn turn(&self) -> Result<Write> {
        self.wait(Waiting::Turn).await
    }

    pub(super) async fn submit(&self, submission: Submission) -> Result<Submitted> {
        self.wait(|reply| Waiting::Submit(Box::new(submission), reply))
            .await
    }

    pub(super) async fn finish(&self, finish: Finish) -> Result<bool> {
        self.wait(|reply| Waiting::Finish(Box::new(finish), reply))
            .await
    }

    pub(super) async fn report(&self, report: ReportOf) -> Result<Reported> {
        self.wait(|reply| Waiting::Report(Box::new(report), reply))
            .await
    }

    async fn wait<T>(
        &self,
        waiting: impl FnOnce(oneshot::Sender<Result<T>>) -> Waiting,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let sent = self.0.send(waiting(reply)).await;
        sent.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

async fn run(
    connection: DatabaseConnection,
    gate: Option<WriteGate>,
    mut waiting: mpsc::Receiver<Waiting>,
) {
    let mut room = Room::default();
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
                    .for_each(|waiting| waiting.refuse(failed_to_begin(&cause)));
                continue;
            }
        };
        let mut group = Group {
            connection: &connection,
            transaction: Some(Arc::new(transaction)),
            in_part: false,
            promises: Vec::new(),
            room: &mut room,
        };
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

fn failed_to_begin(cause: &DbErr) -> StoreError {
    query("begin a transaction")(cause.clone())
}

impl Waiting {
    fn refuse(self, error: StoreError) {
        // Whoever has stopped waiting does not mind.
        match self {
            Self::Turn(reply) => drop(reply.send(Err(error))),
            Self::Submit(_, reply) => drop(reply.send(Err(error))),
            Self::Finish(_, reply) => drop(reply.send(Err(error))),
            Self::Report(_, reply) => drop(reply.send(Err(error))),
        }
    }
}

/// What the outcome of a set is: that of each; or, if nothing of it may stay, what one alone is told.
type SetOutcome<T> = std::result::Result<Vec<Result<T>>, Result<T>>;

/// What is data and is done in sets.
trait Together: Sized + Send + Sync {
    type Outcome: Send + 'static;

    fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        room: &mut Room,
    ) -> impl Future<Output = SetOutcome<Self::Outcome>> + Send;
}

impl Together for Submission {
    type Outcome = Submitted;

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        room: &mut Room,
    ) -> SetOutcome<Submitted> {
        submit::all(on, set, room).await.map_err(Err)
    }
}

impl Together for Finish {
    type Outcome = bool;

    async fn all(on: &DatabaseTransaction, set: &[&Self], _: &mut Room) -> SetOutcome<bool> {
        match finish::all(on, set).await {
            Ok(true) => Ok(set.iter().map(|_| Ok(true)).collect()),
            not_done => Err(not_done),
        }
    }
}

impl Together for ReportOf {
    type Outcome = Reported;

    async fn all(on: &DatabaseTransaction, set: &[&Self], _: &mut Room) -> SetOutcome<Reported> {
        let reported = dispatch::report_all(on, set).await.map_err(Err)?;
        Ok(reported.into_iter().map(Ok).collect())
    }
}

/// One transaction and those who have worked in it.
struct Group<'a> {
    connection: &'a DatabaseConnection,
    /// `None`: it is lost, nothing can be done in it any more.
    transaction: Option<Arc<DatabaseTransaction>>,
    /// A savepoint is open.
    in_part: bool,
    promises: Vec<Promise>,
    room: &'a mut Room,
}

impl Group<'_> {
    async fn work(&mut self, taken: &mut Vec<Waiting>) {
        let (mut submits, mut finishes) = (Vec::new(), Vec::new());
        let (mut reports, mut turns) = (Vec::new(), Vec::new());
        for waiting in taken.drain(..) {
            match waiting {
                Waiting::Submit(submission, reply) => submits.push((*submission, reply)),
                Waiting::Finish(finish, reply) => finishes.push((*finish, reply)),
                Waiting::Report(report, reply) => reports.push((*report, reply)),
                Waiting::Turn(reply) => turns.push(reply),
            }
        }
        self.together(finishes).await;
        self.together(submits).await;
        self.together(reports).await;
        for reply in turns {
            self.turn(reply).await;
        }
    }

    async fn turn(&mut self, reply: oneshot::Sender<Result<Write>>) {
        let transaction = match self.begin_part().await {
            Ok(transaction) => transaction,
            Err(error) => return drop(reply.send(Err(error))),
        };
        let (done, word) = oneshot::channel();
        let lent = reply.send(Ok(Write { transaction, done }));
        // One that does not take it drops it, like one that fails with it.
        drop(lent);
        match word.await {
            Ok(promise) => self.promises.push(promise),
            Err(_) => self.undo_part().await,
        }
    }

    /// A set that fails is taken apart, so that only what fails alone is refused.
    async fn together<T: Together>(&mut self, set: Vec<(T, oneshot::Sender<Result<T::Outcome>>)>) {
        let mut sets = vec![set];
        while let Some(mut set) = sets.pop().filter(|set| !set.is_empty()) {
            let all: Vec<&T> = set.iter().map(|(one, _)| one).collect();
            let done = match self.begin_part().await {
                Ok(on) => T::all(&on, &all, self.room).await,
                Err(error) => Err(Err(error)),
            };
            match done {
                Ok(outcomes) => {
                    for ((_, reply), outcome) in set.into_iter().zip(outcomes) {
                        self.promise(reply, outcome);
                    }
                }
                Err(alone) => {
                    self.room.forget();
                    self.undo_part().await;
                    if set.len() == 1
                        && let Some((_, reply)) = set.pop()
                    {
                        drop(reply.send(alone));
                    } else {
                        sets.extend(set.into_iter().rev().map(|single| vec![single]));
                    }
                }
            }
        }
    }

    fn promise<T: Send + 'static>(
        &mut self,
        reply: oneshot::Sender<Result<T>>,
        outcome: Result<T>,
    ) {
        self.promises.push(Box::new(|committed| {
            drop(reply.send(committed.and(outcome)));
        }));
    }

    /// The first one needs no savepoint: to undo it, the whole transaction is begun anew.
    async fn begin_part(&mut self) -> Result<Arc<DatabaseTransaction>> {
        let transaction = self.transaction.clone().ok_or_else(lost)?;
        if !self.promises.is_empty() {
            let backend = transaction.get_database_backend();
            // MySQL lets the new one take the place of the old by itself.
            let begin = match self.in_part && backend != DbBackend::MySql {
                true => NEXT_PART,
                false => BEGIN_PART,
            };
            transaction
                .execute_unprepared(begin)
                .await
                .map_err(query("begin a part of a transaction"))?;
            self.in_part = true;
        }
        Ok(transaction)
    }

    /// A part that cannot be undone alone takes the transaction along: a database that rolled
    /// all of it back by itself (a full disk) has lost what was done before, too.
    async fn undo_part(&mut self) {
        let Some(transaction) = &self.transaction else {
            return;
        };
        if self.promises.is_empty() {
            self.begin_anew().await;
        } else if !self.in_part || transaction.execute_unprepared(UNDO_PART).await.is_err() {
            self.give_up().await;
        }
    }

    async fn begin_anew(&mut self) {
        self.give_up().await;
        if let Ok(transaction) = begin(self.connection).await {
            self.transaction = Some(Arc::new(transaction));
        }
    }

    async fn give_up(&mut self) {
        let transaction = self.transaction.take().and_then(Arc::into_inner);
        self.in_part = false;
        if let Some(transaction) = transaction {
            // After SQLite has rolled back by itself this begins another transaction, which
            // keeps its connection's own count of them right. Elsewhere it changes nothing.
            transaction.execute_unprepared(BEGIN_PART).await.ok();
            transaction.rollback().await.ok();
        }
        for promise in self.promises.drain(..) {
            promise(Err(lost()));
        }
    }

    async fn commit(mut self) {
        let transaction = self.transaction.take().and_then(Arc::into_inner);
        let committed = match transaction {
            Some(transaction) if !self.promises.is_empty() => transaction.commit().await,
            Some(transaction) => transaction.rollback().await,
            None => Ok(()),
        };
        if committed.is_err() {
            self.room.forget();
        }
        for promise in self.promises {
            promise(committed.clone().map_err(query("commit a transaction")));
        }
    }
}

/// What was done is not kept: to be done again.
fn lost() -> StoreError {
    let told = "the transaction was rolled back".to_owned();
    StoreError::Query {
        attempted: "write together with others",
        cause: DbErr::Conn(sea_orm::RuntimeErr::Internal(told)),
    }
}
