//! What the process that runs a job changes on the way to its end, for any number of jobs at once.
//!
//! SQLite gets a change in one piece, and the rows that were met show whether everything was as expected:
//! each statement on its own is handed to another thread and back, which takes longer than the
//! statement.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryTrait, Statement};

use super::writer::Durability;
use super::{Claim, Result, SetOperation, SetOutcome, Store, leases, query, rows};

/// A change that names the state which it expects, and what follows from it.
pub(super) struct ForJob {
    pub claim: Claim,
    /// Meets one row in the expected state, and none in another.
    pub guard: Statement,
    pub then: Vec<Statement>,
    /// Rows that `then` meets.
    pub rows: u64,
    pub attempted: &'static str,
}

impl Store {
    /// `false`: the state is another one, and nothing has changed. Fails if the lease of the job is lost. A
    /// power cut may take the change back, as it may with [`Store::write_soon`].
    pub(super) async fn change_for(&self, change: ForJob) -> Result<bool> {
        self.write_in_set(change).await
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }
}

impl SetOperation for ForJob {
    type Outcome = bool;

    type Memory = ();

    const DURABILITY: Durability = Durability::Soon;

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        (): &mut Self::Memory,
    ) -> Result<SetOutcome<bool>> {
        if set.len() == 1 || on.get_database_backend() != DbBackend::Sqlite {
            let mut outcomes = Vec::with_capacity(set.len());
            for change in set {
                outcomes.push(Ok(change.carefully(on).await?));
            }
            return Ok(SetOutcome::Keep(outcomes));
        }
        // The text of each is known to the database: one text for all of them would be new each time.
        for change in set {
            if !change.in_one_piece(on).await? {
                return Ok(SetOutcome::Undo(false));
            }
        }
        Ok(SetOutcome::Keep(set.iter().map(|_| Ok(true)).collect()))
    }
}

impl ForJob {
    /// `false`, or an error: not everything was as expected.
    async fn in_one_piece(&self, on: &DatabaseTransaction) -> Result<bool> {
        let mut statements = Vec::from(self.guards(on.get_database_backend()));
        statements.extend(self.then.iter().cloned());
        let met = rows::execute_all(on, statements).await;
        // No statement meets more rows than it is expected to: together they met all only if each did.
        Ok(met.map_err(query(self.attempted))? == GUARDS + self.rows)
    }

    /// What follows is only done after what was expected: it may collide with what is there already.
    async fn carefully(&self, on: &DatabaseTransaction) -> Result<bool> {
        let guards = self.guards(on.get_database_backend());
        let met = rows::execute_all(on, guards.into()).await;
        if met.map_err(query(self.attempted))? < GUARDS {
            // One of them met nothing.
            leases::check(on, &self.claim).await?;
            return Ok(false);
        }
        let followed = rows::execute_all(on, self.then.clone()).await;
        followed.map(|_| true).map_err(query(self.attempted))
    }

    fn guards(&self, backend: DbBackend) -> [Statement; 2] {
        [leases::held(&self.claim).build(backend), self.guard.clone()]
    }
}

/// Rows that the lease and the change meet.
const GUARDS: u64 = 2;
