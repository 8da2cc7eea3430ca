//! Who shares the store: which processes hold jobs, what waits and runs in which queue, and how large the
//! database is.

use entity::{JobState, job};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    Statement,
};

use super::leases::now_ms;
use super::unindexed::unindexed;
use super::{Owner, Result, Store, query};

/// A process with jobs of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseHolder {
    pub owner: Owner,
    pub jobs: u64,
    /// How long the lease lasts that ends first, unless it is renewed, in milliseconds; negative: it has
    /// lapsed.
    pub left_ms: i64,
}

/// Unfinished jobs of one queue that are in the same state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUse {
    pub queue: String,
    pub state: JobState,
    pub jobs: u64,
    /// When the oldest of them was stored, in microseconds since 1970.
    pub since: i64,
}

impl Store {
    pub async fn lease_holders(&self) -> Result<Vec<LeaseHolder>> {
        let now = now_ms(self.read.get_database_backend());
        let left = job::Column::LeaseUntilMs.min().sub(now);
        let found: Vec<(Option<String>, i64, Option<i64>)> = job::Entity::find()
            .select_only()
            .column(job::Column::LeaseOwner)
            .column_as(job::Column::Id.count(), "number")
            .column_as(left, "left_ms")
            .filter(job::Column::State.is_in(unended()))
            .filter(job::Column::LeaseOwner.is_not_null())
            .group_by(job::Column::LeaseOwner)
            .into_tuple()
            .all(&self.read)
            .await
            .map_err(query("look which processes hold jobs"))?;
        let holders = found.into_iter().filter_map(|(owner, jobs, left_ms)| {
            Some(LeaseHolder {
                owner: Owner::stored(owner?),
                jobs: jobs.unsigned_abs(),
                left_ms: left_ms.unwrap_or(0),
            })
        });
        Ok(holders.collect())
    }

    /// Looks through what has not ended, by an index; of these queues or of all.
    pub async fn queue_use(&self, queues: Option<&[String]>) -> Result<Vec<QueueUse>> {
        let mut select = job::Entity::find()
            .select_only()
            .columns([job::Column::Queue, job::Column::State])
            .column_as(job::Column::Id.count(), "number")
            .column_as(job::Column::CreatedAt.min(), "since")
            .filter(job::Column::State.is_in(unended()))
            .group_by(job::Column::Queue)
            .group_by(job::Column::State);
        if let Some(queues) = queues {
            let queue = unindexed(self.read.get_database_backend(), job::Column::Queue);
            select = select.filter(queue.is_in(queues.to_vec()));
        }
        let found: Vec<(String, JobState, i64, i64)> = select
            .into_tuple()
            .all(&self.read)
            .await
            .map_err(query("count the jobs of queues"))?;
        let found = found.into_iter();
        let found = found.map(|(queue, state, jobs, since)| QueueUse {
            queue,
            state,
            jobs: jobs.unsigned_abs(),
            since,
        });
        Ok(found.collect())
    }

    /// The name of the database, as its URL begins.
    pub fn engine_name(&self) -> &'static str {
        match self.read.get_database_backend() {
            DbBackend::Postgres => "postgres",
            DbBackend::MySql => "mysql",
            _ => "sqlite",
        }
    }

    /// How large the database is, with all that others keep in it.
    pub async fn size_bytes(&self) -> Result<u64> {
        const ATTEMPTED: &str = "look how large the database is";
        let on = self.read.get_database_backend();
        let ask = match on {
            DbBackend::Postgres => "SELECT pg_database_size(current_database()) AS bytes",
            DbBackend::MySql => {
                "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) AS bytes \
                 FROM information_schema.tables WHERE table_schema = DATABASE()"
            }
            _ => {
                "SELECT page_count * page_size AS bytes \
                 FROM pragma_page_count(), pragma_page_size()"
            }
        };
        let row = self.read.query_one_raw(Statement::from_string(on, ask));
        let row = row.await.map_err(query(ATTEMPTED))?;
        let bytes = row.map(|row| row.try_get::<i64>("", "bytes")).transpose();
        Ok(bytes.map_err(query(ATTEMPTED))?.unwrap_or(0).unsigned_abs())
    }
}

fn unended() -> impl Iterator<Item = JobState> {
    JobState::ALL
        .iter()
        .copied()
        .filter(|state| !state.has_ended())
}
