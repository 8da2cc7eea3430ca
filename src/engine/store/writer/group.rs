//! One transaction of the writer, and the operations that are done in it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr};

use super::operation::{Operation, Promise, Reply, catch_panic};
use super::set::{AnySet, Memories, SetKind, SetOperation, SetOutcome};
use super::{Result, StoreError, Waiting, begin, query};

/// Marks where an operation of a group begins.
const BEGIN_PART: &str = "SAVEPOINT part";
const NEXT_PART: &str = "RELEASE SAVEPOINT part; SAVEPOINT part";
const UNDO_PART: &str = "ROLLBACK TO SAVEPOINT part";

/// One transaction and those who wait for its commit.
pub(super) struct Group<'a> {
    connection: &'a DatabaseConnection,
    /// `None`: it is lost, nothing can be done in it any more.
    transaction: Option<DatabaseTransaction>,
    /// A savepoint is open.
    in_part: bool,
    promises: Vec<Promise>,
    memories: &'a mut Memories,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        connection: &'a DatabaseConnection,
        transaction: DatabaseTransaction,
        memories: &'a mut Memories,
    ) -> Self {
        Self {
            connection,
            transaction: Some(transaction),
            in_part: false,
            promises: Vec::new(),
            memories,
        }
    }

    pub(super) async fn work(&mut self, taken: &mut Vec<Waiting>) {
        let mut sets: BTreeMap<SetKind, Box<dyn AnySet>> = BTreeMap::new();
        let mut alone = Vec::new();
        for waiting in taken.drain(..) {
            match waiting {
                Waiting::Alone(operation) => alone.push(operation),
                Waiting::InSet(set) => match sets.entry(set.kind()) {
                    Entry::Vacant(place) => drop(place.insert(set)),
                    Entry::Occupied(mut place) => place.get_mut().append(set),
                },
            }
        }
        for set in sets.into_values() {
            set.run(self).await;
        }
        for operation in alone {
            self.alone(operation).await;
        }
    }

    async fn alone(&mut self, operation: Box<dyn Operation>) {
        if operation.is_abandoned() {
            return;
        }
        let done = match self.begin_part().await {
            Ok(on) => operation.run(on).await,
            Err(error) => return operation.refuse(error),
        };
        match done {
            Some(promise) => self.promises.push(promise),
            None => self.undo_part().await,
        }
    }

    /// A set that fails is taken apart, so that only what fails alone is refused.
    pub(super) async fn set<T: SetOperation>(&mut self, set: Vec<(T, Reply<T::Outcome>)>) {
        let mut sets = vec![set];
        while let Some(mut set) = sets.pop().filter(|set| !set.is_empty()) {
            let all: Vec<&T> = set.iter().map(|(one, _)| one).collect();
            let mut memory = self.memories.take::<T>();
            let done = match self.begin_part().await {
                Ok(on) => catch_panic(T::all(on, &all, &mut memory)).await,
                Err(error) => Ok(Err(error)),
            };
            let alone = match done {
                Ok(Ok(SetOutcome::Keep(outcomes))) => {
                    self.memories.keep::<T>(memory);
                    let promises = set.into_iter().zip(outcomes);
                    self.promises
                        .extend(promises.map(|((_, reply), outcome)| reply.promise(outcome)));
                    continue;
                }
                Ok(Ok(SetOutcome::Undo(outcome))) => Ok(Ok(outcome)),
                Ok(Err(error)) => Ok(Err(error)),
                Err(panic) => Err(panic),
            };
            self.undo_part().await;
            if set.len() == 1
                && let Some((_, reply)) = set.pop()
            {
                reply.answer(alone);
            } else {
                sets.extend(set.into_iter().rev().map(|single| vec![single]));
            }
        }
    }

    /// The first one needs no savepoint: to undo it, the whole transaction is begun anew.
    async fn begin_part(&mut self) -> Result<&DatabaseTransaction> {
        let transaction = self.transaction.as_ref().ok_or_else(lost)?;
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
            self.transaction = Some(transaction);
        }
    }

    async fn give_up(&mut self) {
        self.in_part = false;
        if let Some(transaction) = self.transaction.take() {
            // After SQLite has rolled back by itself this begins another transaction, which
            // keeps its connection's own count of them right. Elsewhere it changes nothing.
            transaction.execute_unprepared(BEGIN_PART).await.ok();
            transaction.rollback().await.ok();
        }
        if !self.promises.is_empty() {
            self.memories.forget();
        }
        for promise in self.promises.drain(..) {
            promise(Err(lost()));
        }
    }

    pub(super) async fn commit(mut self) {
        let committed = match self.transaction.take() {
            Some(transaction) if !self.promises.is_empty() => transaction.commit().await,
            Some(transaction) => transaction.rollback().await,
            None => Ok(()),
        };
        if committed.is_err() {
            self.memories.forget();
        }
        for promise in self.promises {
            promise(committed.clone().map_err(query("commit a transaction")));
        }
    }
}

/// What was done is not kept: to be done again.
fn lost() -> StoreError {
    let reason = "the transaction was rolled back".to_owned();
    StoreError::Query {
        attempted: "write together with others",
        cause: DbErr::Conn(sea_orm::RuntimeErr::Internal(reason)),
    }
}
