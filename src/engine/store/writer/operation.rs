//! An operation that waits for the writer, and the answer to its caller.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use tokio::sync::oneshot;

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

    /// `None`: it failed, which its caller has been answered, and is to be undone.
    fn run<'a>(
        self: Box<Self>,
        on: &'a DatabaseTransaction,
        health: &'a Health,
    ) -> BoxFuture<'a, Option<Promise>>;
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
    ) -> BoxFuture<'a, Option<Promise>> {
        Box::pin(async move {
            let Self { closure, reply } = *self;
            match catch_panic(async move { closure(on).await }).await {
                Ok(Ok(value)) => Some(reply.promise(Ok(value))),
                failed => {
                    if let Ok(Err(error)) = &failed {
                        health.failed(error);
                    }
                    reply.answer(failed);
                    None
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
