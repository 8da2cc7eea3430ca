//! Writing to the store: what is done in a transaction of the writer, and how durable it then is.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;

use super::writer::Durability;
use super::{Claim, Result, SetOperation, Store, StoreError, audit, leases};

/// How often an operation is done while other processes are in its way; the pause between two tries is
/// about what a transaction takes.
const COLLISIONS_MAX: u32 = 100;
const COLLISION_PAUSE: Duration = Duration::from_millis(3);

impl Store {
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
            return self.writer.write(Durability::AtOnce, operation).await;
        };
        let recorded = self.writer.write(Durability::AtOnce, move |on| {
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

    /// The same for what only the processes of this machine act upon: where the database is a file,
    /// a power cut, which ends them all, may take it back, with everything that was written later.
    pub(crate) async fn write_soon<T, F>(&self, operation: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        self.writer.write(Durability::Soon, operation).await
    }

    /// [`Self::write_soon`] on behalf of the process that runs a job: fails if its lease is lost. The
    /// job is repeated from what a power cut has left, as a batch is after any other crash.
    pub(crate) async fn write_soon_for<T, F>(&self, claim: &Claim, operation: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a DatabaseTransaction, &'a Claim) -> BoxFuture<'a, Result<T>>
            + Send
            + 'static,
    {
        let claim = claim.clone();
        self.write_soon(move |on| {
            Box::pin(async move {
                leases::check(on, &claim).await?;
                operation(on, &claim).await
            })
        })
        .await
    }

    /// [`Self::write`] on behalf of the process that runs a job: fails if its lease is lost.
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
