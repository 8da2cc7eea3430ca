//! One transaction of the writer, and the operations that are done in it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use entity::duty;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait,
    QueryFilter,
};

use super::connection::WriteConnection;
use super::flushing::Flushing;
use super::operation::{Failed, Operation, Promise, answered, catch_panic};
use super::set::{AnySet, Member, Memories, SetKind, SetOperation, SetOutcome};
use super::{Durability, Health, Result, StoreError, Waiting};
use crate::engine::store::{audit, query};

/// Marks where an operation of a group begins.
const BEGIN_PART: &str = "SAVEPOINT part";
const NEXT_PART: &str = "RELEASE SAVEPOINT part; SAVEPOINT part";
const UNDO_PART: &str = "ROLLBACK TO SAVEPOINT part";

/// A set that fails is tried one by one, but not against a database that fails.
const OUTAGES_OF_SET_MAX: u32 = 2;

/// The duty that a trial writes, and removes again.
const TRIAL: &str = "store.trial";

/// One transaction and those who wait for its commit.
pub(super) struct Group<'a> {
    connection: &'a WriteConnection,
    /// `None`: it is lost, nothing can be done in it any more.
    transaction: Option<DatabaseTransaction>,
    /// Why it is lost.
    lost: Failed,
    /// A savepoint is open.
    in_part: bool,
    promises: Vec<(Promise, Durability)>,
    memories: &'a mut Memories,
    health: &'a Health,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        connection: &'a WriteConnection,
        transaction: DatabaseTransaction,
        memories: &'a mut Memories,
        health: &'a Health,
    ) -> Self {
        Self {
            connection,
            transaction: Some(transaction),
            lost: Failed::Otherwise,
            in_part: false,
            promises: Vec::new(),
            memories,
            health,
        }
    }

    pub(super) async fn work(&mut self, taken: &mut Vec<Waiting>) {
        let mut sets: BTreeMap<SetKind, Box<dyn AnySet>> = BTreeMap::new();
        let mut alone = Vec::new();
        for waiting in taken.drain(..) {
            match waiting {
                Waiting::Alone(operation, durability) => alone.push((operation, durability)),
                Waiting::InSet(set) => match sets.entry(set.kind()) {
                    Entry::Vacant(place) => drop(place.insert(set)),
                    Entry::Occupied(mut place) => place.get_mut().append(set),
                },
            }
        }
        for set in sets.into_values() {
            set.run(self).await;
        }
        for (operation, durability) in alone {
            self.alone(operation, durability).await;
        }
    }

    async fn alone(&mut self, operation: Box<dyn Operation>, durability: Durability) {
        if operation.is_abandoned() {
            return;
        }
        let (health, patience) = (self.health, self.connection.patience());
        let done = match self.begin_part().await {
            Ok(on) => operation.run(on, health, patience).await,
            Err(error) => {
                operation.refuse(error);
                Err(Failed::Otherwise)
            }
        };
        match done {
            Ok(promise) => self.promises.push((promise, durability)),
            Err(failed) => self.undo_part(failed).await,
        }
    }

    /// Writes something, to find out whether the database does so, and leaves nothing behind.
    pub(super) async fn trial(&mut self) {
        let Some(on) = &self.transaction else {
            return;
        };
        let written = catch_panic(write_and_remove(on));
        let written = answered(self.connection.patience(), written).await;
        let written = written.unwrap_or(Err(StoreError::Undone));
        match written {
            Ok(()) => self.promises.push((Box::new(drop), Durability::AtOnce)),
            Err(error) => {
                self.health.failed(&error);
                self.give_up(Failed::of(&error)).await;
            }
        }
    }

    /// A set that fails is taken apart, so that only what fails alone is refused.
    pub(super) async fn set<T: SetOperation>(&mut self, set: Vec<Member<T>>) {
        let (mut sets, mut outages) = (vec![set], 0);
        let patience = self.connection.patience();
        while let Some(mut set) = sets.pop().filter(|set| !set.is_empty()) {
            let all: Vec<&T> = set.iter().map(|member| &member.operation).collect();
            let mut memory = self.memories.take::<T>();
            let done = match self.begin_part().await {
                Ok(on) => {
                    let done = async {
                        let done = T::all(on, &all, &mut memory).await?;
                        let calls = calls_done(&set, &done);
                        if !calls.is_empty() {
                            audit::enter(on, &calls).await?;
                        }
                        Ok(done)
                    };
                    answered(patience, catch_panic(done)).await
                }
                Err(error) => Ok(Err(error)),
            };
            let alone = match done {
                Ok(Ok(SetOutcome::Keep(outcomes))) => {
                    self.memories.keep::<T>(memory);
                    let done = set.into_iter().zip(outcomes);
                    let promises = done.map(|(member, outcome)| member.reply.promise(outcome));
                    self.promises
                        .extend(promises.map(|promise| (promise, T::DURABILITY)));
                    continue;
                }
                Ok(Ok(SetOutcome::Undo(outcome))) => Ok(Ok(outcome)),
                Ok(Err(error)) => {
                    outages += u32::from(self.health.failed(&error));
                    Ok(Err(error))
                }
                Err(panic) => Err(panic),
            };
            let failed = match &alone {
                Ok(Err(error)) => Failed::of(error),
                _ => Failed::Otherwise,
            };
            self.undo_part(failed).await;
            if set.len() == 1
                && let Some(member) = set.pop()
            {
                member.reply.answer(alone);
            } else {
                sets.extend(set.drain(..).rev().map(|single| vec![single]));
            }
            if outages >= OUTAGES_OF_SET_MAX {
                let refused = sets.drain(..).flatten();
                refused.for_each(|member| member.reply.refuse(StoreError::Undone));
            }
        }
    }

    /// The first one needs no savepoint: to undo it, the whole transaction is begun anew. After an
    /// error the transaction is lost: undoing back to the savepoint that stands would undo the
    /// part before, too.
    async fn begin_part(&mut self) -> Result<&DatabaseTransaction> {
        if let Err(error) = self.mark_part().await {
            self.health.failed(&error);
            self.give_up(Failed::Otherwise).await;
            return Err(error);
        }
        self.transaction.as_ref().ok_or_else(|| undone(self.lost))
    }

    async fn mark_part(&mut self) -> Result<()> {
        let Some(transaction) = &self.transaction else {
            return Ok(());
        };
        if !self.promises.is_empty() {
            // MySQL lets the new one take the place of the old by itself.
            let is_mysql = transaction.get_database_backend() == DbBackend::MySql;
            let mark = match self.in_part && !is_mysql {
                true => NEXT_PART,
                false => BEGIN_PART,
            };
            let marked = transaction.execute_unprepared(mark);
            let marked = self.connection.in_time(marked).await;
            marked.map_err(query("begin a part of a transaction"))?;
            self.in_part = true;
        }
        Ok(())
    }

    /// A part that cannot be undone alone takes the transaction along: a database that rolled
    /// all of it back by itself (a full disk) has lost what was done before, too.
    async fn undo_part(&mut self, failed: Failed) {
        let Some(transaction) = &self.transaction else {
            return;
        };
        if self.promises.is_empty() {
            return self.begin_anew(failed).await;
        }
        let is_undone = self.in_part && failed != Failed::Silent && {
            let undone = transaction.execute_unprepared(UNDO_PART);
            self.connection.in_time(undone).await.is_ok()
        };
        if !is_undone {
            self.give_up(failed).await;
        }
    }

    async fn begin_anew(&mut self, failed: Failed) {
        self.give_up(failed).await;
        match self.connection.begin().await {
            Ok(transaction) => self.transaction = Some(transaction),
            Err(cause) => drop(self.health.failed(&StoreError::NotBegun(cause))),
        }
    }

    async fn give_up(&mut self, failed: Failed) {
        self.in_part = false;
        self.lost = failed;
        if !self.promises.is_empty() {
            self.memories.forget();
        }
        for (promise, _) in self.promises.drain(..) {
            promise(Err(undone(failed)));
        }
        let Some(transaction) = self.transaction.take() else {
            return;
        };
        if failed == Failed::Silent {
            drop(transaction);
            return self.connection.give_up().await;
        }
        // If there is nothing left to roll back, or it cannot be done, the connection is given up.
        self.connection.roll_back(transaction).await.ok();
    }

    /// Answers those who need not wait for a flush; the others are answered after it.
    pub(super) async fn commit(mut self, flushing: Option<&Flushing>) {
        if self.promises.is_empty() {
            return self.give_up(Failed::Otherwise).await;
        }
        let Some(transaction) = self.transaction.take() else {
            return;
        };
        // During an outage each is flushed: what fails may be the flush.
        let has_to_last = self.health.is_in_doubt()
            || self
                .promises
                .iter()
                .any(|promise| promise.1 == Durability::AtOnce);
        let flush = flushing.filter(|_| has_to_last).map(Flushing::announce);
        let committed = self.connection.commit(transaction).await;
        match &committed {
            Ok(()) if flush.is_none() => self.health.committed(),
            Ok(()) => {}
            Err(cause) => {
                self.memories.forget();
                self.health.failed(&StoreError::of_commit(cause.clone()));
            }
        }
        let mut after_flush = Vec::new();
        for (promise, durability) in self.promises {
            match &committed {
                Ok(()) if flush.is_some() && durability == Durability::AtOnce => {
                    after_flush.push(promise);
                }
                Ok(()) => promise(Ok(())),
                Err(cause) => promise(Err(StoreError::of_commit(cause.clone()))),
            }
        }
        if let Some(flush) = flush {
            flush.order(after_flush).await;
        }
        if committed.is_err() {
            self.connection.give_up().await;
        }
    }
}

/// What those are answered who were in a transaction that is lost. Of a deadlock they are bystanders:
/// what is done in sets is done again.
fn undone(failed: Failed) -> StoreError {
    match failed {
        Failed::Deadlock => StoreError::Contended,
        Failed::Silent | Failed::Otherwise => StoreError::Undone,
    }
}

/// The calls of what was done, which the audit records.
fn calls_done<T: SetOperation>(
    set: &[Member<T>],
    done: &SetOutcome<T::Outcome>,
) -> Vec<Arc<audit::Call>> {
    let SetOutcome::Keep(outcomes) = done else {
        return Vec::new();
    };
    let done = set.iter().zip(outcomes);
    let done = done.filter(|(_, outcome)| outcome.is_ok());
    let mut calls: Vec<_> = done.filter_map(|(member, _)| member.call.clone()).collect();
    // Several operations may be those of one call.
    calls.dedup_by(|one, other| one.id == other.id);
    calls
}

async fn write_and_remove(on: &DatabaseTransaction) -> Result<()> {
    const TRY: &str = "try whether the database works";
    let row = duty::ActiveModel {
        name: Set(TRIAL.to_owned()),
        owner: Set(String::new()),
        until_ms: Set(0),
    };
    duty::Entity::insert(row)
        .exec_without_returning(on)
        .await
        .map_err(query(TRY))?;
    duty::Entity::delete_many()
        .filter(duty::Column::Name.eq(TRIAL))
        .exec(on)
        .await
        .map_err(query(TRY))?;
    Ok(())
}
