//! Connections to an output database, and the transactions of tasks on them.

use super::error::{failed_to, not_opened};
use super::{Fence, Result};
use crate::tables::{Database, Dialect, Durability, Owner, Session, Transaction};

pub(super) struct Sessions(Database);

impl Sessions {
    pub(super) fn new(database: Database) -> Self {
        Self(database)
    }

    pub(super) fn dialect(&self) -> &'static dyn Dialect {
        self.0.dialect()
    }

    pub(super) fn is_missing_file(&self) -> bool {
        self.0.is_missing_file()
    }

    pub(super) fn create(&self) -> Result<Box<dyn Session>> {
        self.0.create().map_err(not_opened)
    }

    pub(super) fn take(&self) -> Result<Box<dyn Session>> {
        self.0.take().map_err(not_opened)
    }

    pub(super) fn keep(&self, session: Box<dyn Session>) {
        self.0.keep(session);
    }

    /// A connection is kept only when its work went well.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut dyn Session) -> Result<T>) -> Result<T> {
        let mut session = self.take()?;
        let value = work(&mut *session)?;
        self.keep(session);
        Ok(value)
    }
}

/// A transaction of the task under this lease.
pub(super) fn of_task(fence: &Fence, durability: Durability) -> Transaction<'_> {
    Transaction {
        durability,
        owner: Some(Owner {
            name: &fence.task_id,
            epoch: fence.epoch,
        }),
    }
}

/// After an error the connection must not be used again.
pub(super) fn in_transaction<T>(
    session: &mut dyn Session,
    transaction: Transaction<'_>,
    work: impl FnOnce(&mut dyn Session) -> Result<T>,
) -> Result<T> {
    session
        .begin(transaction)
        .map_err(failed_to("begin a transaction"))?;
    let value = work(session)?;
    session.commit().map_err(failed_to("commit"))?;
    Ok(value)
}
