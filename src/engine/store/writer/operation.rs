//! An operation that waits for the writer, and the answer to its caller.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Health, Result, StoreError};

/// The result of an operation, or the panic that ended it.
pub(super) type Answer<T> = std::result::Result<Result<T>, Box<dyn Any + Send>>;

/// Answers a caller once the outcome of the commit is known.
pub(super) type Promise = Box<dyn FnOnce(Result<()>) + Send>;

/// Makes the error for each caller of what is refused.
pub(super) type Refusal<'a> = &'a dyn Fn() -> StoreError;

/// Where the caller of an operation waits for the answer. It may have stopped waiting.
pub(super) struct Reply<T>(pub oneshot::Sender<Answer<T>>);

impl<T: Send + 'static> Reply<T> {
    pub(super) fn answer(self, answer: Answer<T>) {
        drop(self.0.send(answer));
    }

    pub(super) fn refuse(self, error: StoreError) {
        self.answer(Ok(Err(error)));
    }

    pub(super) fn promise(self, result: Result<T>) -> Promise {
        Box::new(|committed| self.answer(Ok(committed.and(result))))
    }

    fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }
}

/// An operation of any type.
pub(super) trait Operation: Send {
    /// Whether the caller has stopped waiting.
    fn is_abandoned(&self) -> bool;

    fn refuse(self: Box<Self>, error: StoreError);

    /// An error: it failed, which its caller has been answered, and is to be undone. So does one
    /// that the database leaves unanswered for longer than `patience`.
    fn run<'a>(
        self: Box<Self>,
        on: &'a DatabaseTransaction,
        health: &'a Health,
        patience: Option<Duration>,
    ) -> BoxFuture<'a, std::result::Result<Promise, Failed>>;
}

/// Why a part of a transaction is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The server has undone it for the sake of another transaction, perhaps with all before it.
    Deadlock,
    /// The database does not answer: nothing more is to be asked of this connection.
    Silent,
    Otherwise,
}

impl Failed {
    pub(super) fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Silent { .. } => Self::Silent,
            error if error.is_deadlock() => Self::Deadlock,
            _ => Self::Otherwise,
        }
    }
}

/// A closure with its caller.
pub(super) struct Closure<F, T> {
    closure: F,
    reply: Reply<T>,
}

impl<F, T> Closure<F, T> {
    pub(super) fn new(closure: F, reply: Reply<T>) -> Self {
        Self { closure, reply }
    }
}

impl<F, T> Operation for Closure<F, T>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a DatabaseTransaction) -> BoxFuture<'a, Result<T>> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_abandoned()
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        self.reply.refuse(error);
    }

    fn run<'a>(
        self: Box<Self>,
        on: &'a DatabaseTransaction,
        health: &'a Health,
        patience: Option<Duration>,
    ) -> BoxFuture<'a, std::result::Result<Promise, Failed>> {
        Box::pin(async move {
            let Self { closure, reply } = *self;
            let done = catch_panic(async move { closure(on).await });
            match answered(patience, done).await {
                Ok(Ok(value)) => Ok(reply.promise(Ok(value))),
                Ok(Err(error)) => {
                    health.failed(&error);
                    let failed = Failed::of(&error);
                    reply.refuse(error);
                    Err(failed)
                }
                panicked => {
                    reply.answer(panicked);
                    Err(Failed::Otherwise)
                }
            }
        })
    }
}

/// A panic belongs to the caller of the operation: the writer works for others, too.
pub(super) async fn catch_panic<T>(future: impl Future<Output = Result<T>>) -> Answer<T> {
    // What the panic may have left half done is undone with the operation.
    AssertUnwindSafe(future).catch_unwind().await
}

/// The same, or an error when the database has not answered for so long: a network that went silent
/// says nothing.
pub(super) async fn answered<T>(
    patience: Option<Duration>,
    work: impl Future<Output = Answer<T>>,
) -> Answer<T> {
    let Some(patience) = patience else {
        return work.await;
    };
    let seconds = patience.as_secs();
    let answer = timeout(patience, work).await;
    answer.unwrap_or(Ok(Err(StoreError::Silent { seconds })))
}
