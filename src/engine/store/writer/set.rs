//! Operations that are data and are done in sets: a statement costs the same hop to the database
//! for one as for hundreds.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::sync::Arc;

use entity::audit;
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;

use super::group::Group;
use super::operation::{Refusal, Reply};
use super::{Durability, Result};

/// An operation that is done together with those of its type that wait at the same time.
pub(crate) trait SetOperation: Send + Sync + Sized + 'static {
    type Outcome: Send + 'static;

    /// What the writer keeps from one set to the next; reset when a set was undone.
    type Memory: Default + Send + 'static;

    /// When callers are answered.
    const DURABILITY: Durability = Durability::AtOnce;

    /// Does them all, in order. After an error nothing of them may stay, as after
    /// [`SetOutcome::Undo`].
    fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        memory: &mut Self::Memory,
    ) -> impl Future<Output = Result<SetOutcome<Self::Outcome>>> + Send;
}

/// A caller that may have to do an operation again keeps it.
impl<T: SetOperation> SetOperation for Arc<T> {
    type Outcome = T::Outcome;

    type Memory = T::Memory;

    const DURABILITY: Durability = T::DURABILITY;

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        memory: &mut Self::Memory,
    ) -> Result<SetOutcome<Self::Outcome>> {
        let set: Vec<&T> = set.iter().map(|operation| &***operation).collect();
        T::all(on, &set, memory).await
    }
}

/// What became of a set.
#[derive(Debug)]
pub(crate) enum SetOutcome<T> {
    /// It stays; the outcome of each operation, in order.
    Keep(Vec<Result<T>>),
    /// Nothing of it may stay: the operations are done one by one instead. This is the outcome
    /// of one that was alone.
    Undo(T),
}

/// Sets of one transaction are done in this order, so that all processes take locks in the same.
pub(super) type SetKind = (&'static str, TypeId);

/// What the writer keeps for each type of operation.
#[derive(Default)]
pub(super) struct Memories(HashMap<TypeId, Box<dyn Any + Send>>);

impl Memories {
    pub(super) fn take<T: SetOperation>(&mut self) -> T::Memory {
        let kept = self.0.remove(&TypeId::of::<T>());
        let kept = kept.and_then(|memory| memory.downcast::<T::Memory>().ok());
        kept.map(|memory| *memory).unwrap_or_default()
    }

    pub(super) fn keep<T: SetOperation>(&mut self, memory: T::Memory) {
        self.0.insert(TypeId::of::<T>(), Box::new(memory));
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// A set of any type.
pub(super) trait AnySet: Any + Send {
    fn kind(&self) -> SetKind;

    /// Takes in a set of the same type.
    fn append(&mut self, other: Box<dyn AnySet>);

    /// Answers all callers that it was not done.
    fn refuse(self: Box<Self>, refusal: Refusal<'_>);

    fn run<'a>(self: Box<Self>, group: &'a mut Group<'_>) -> BoxFuture<'a, ()>;
}

/// Operations of one type with their callers.
pub(super) struct Set<T: SetOperation>(Vec<Member<T>>);

/// An operation of a set.
pub(super) struct Member<T: SetOperation> {
    pub operation: T,
    pub reply: Reply<T::Outcome>,
    /// As what the call of its caller is recorded.
    pub call: Option<Arc<audit::Model>>,
}

impl<T: SetOperation> Set<T> {
    pub(super) fn of(operations: impl Iterator<Item = Member<T>>) -> Self {
        Self(operations.collect())
    }
}

impl<T: SetOperation> AnySet for Set<T> {
    fn kind(&self) -> SetKind {
        (type_name::<T>(), TypeId::of::<T>())
    }

    fn append(&mut self, other: Box<dyn AnySet>) {
        let other: Box<dyn Any> = other;
        let other = other.downcast::<Self>().expect("a set of the same kind");
        self.0.extend(other.0);
    }

    fn refuse(self: Box<Self>, refusal: Refusal<'_>) {
        for member in self.0 {
            member.reply.refuse(refusal());
        }
    }

    fn run<'a>(self: Box<Self>, group: &'a mut Group<'_>) -> BoxFuture<'a, ()> {
        Box::pin(group.set(self.0))
    }
}
