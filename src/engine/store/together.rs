//! Jobs that are stored together, with rows of a system: all of them or none.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::DatabaseTransaction;

use super::jobs::Jobs;
use super::submit::{self, Room, Submission};
use super::{NewJob, Result, SetOperation, SetOutcome, Submitted, query, rows};

/// What a system stores in the transaction that stores its jobs. All of it may be done again, in another
/// transaction, if other processes are in the way.
#[async_trait]
pub trait Beside: Send + Sync + 'static {
    /// Before anything is stored; `false`: nothing is to be stored.
    async fn before(&self, _on: &DatabaseTransaction) -> Result<bool> {
        Ok(true)
    }

    /// Behind the jobs, with what became of each.
    async fn store(&self, on: &DatabaseTransaction, outcomes: &[Submitted]) -> Result<()>;
}

/// Jobs alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingBeside;

#[async_trait]
impl Beside for NothingBeside {
    async fn store(&self, _: &DatabaseTransaction, _: &[Submitted]) -> Result<()> {
        Ok(())
    }
}

struct Together {
    jobs: Vec<Submission>,
    beside: Arc<dyn Beside>,
}

impl Jobs<'_> {
    /// Stores jobs, which may need each other, in one transaction with what belongs to them; returns what
    /// became of each. `None`: nothing was to be stored. They take no places among the jobs that wait:
    /// what is stored in one piece has to be possible in one piece.
    pub async fn submit_together(
        &self,
        jobs: Vec<NewJob>,
        beside: Arc<dyn Beside>,
    ) -> Result<Option<Vec<Submitted>>> {
        let jobs = jobs.into_iter().map(|job| Submission {
            planned: true,
            ..Submission::of(job, u64::MAX)
        });
        let jobs = jobs.collect();
        self.0.write_in_set(Together { jobs, beside }).await
    }
}

impl SetOperation for Together {
    type Outcome = Option<Vec<Submitted>>;

    type Memory = ();

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        (): &mut Self::Memory,
    ) -> Result<SetOutcome<Self::Outcome>> {
        let mut outcomes = Vec::with_capacity(set.len());
        for together in set {
            outcomes.push(Ok(together.store(on).await?));
        }
        Ok(SetOutcome::Keep(outcomes))
    }
}

impl Together {
    async fn store(&self, on: &DatabaseTransaction) -> Result<Option<Vec<Submitted>>> {
        if !self.beside.before(on).await? {
            return Ok(None);
        }
        let jobs: Vec<&Submission> = self.jobs.iter().collect();
        let (outcomes, statements) = submit::prepare(on, &jobs, &mut Room::default()).await?;
        let outcomes = outcomes.into_iter().collect::<Result<Vec<_>>>()?;
        if !statements.is_empty() {
            let stored = rows::execute_all(on, statements).await;
            stored.map_err(query("store jobs together"))?;
        }
        self.beside.store(on, &outcomes).await?;
        Ok(Some(outcomes))
    }
}
