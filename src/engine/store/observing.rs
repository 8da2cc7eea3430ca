//! What gauges show of the store.

use entity::{JobState, job, outbox};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseConnectionType, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::{Result, Store, query};
use crate::clock;

/// Jobs and messages that wait, at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Jobs that have not ended, by flow and state.
    pub jobs: Vec<(String, JobState, u64)>,
    /// When the oldest job was stored that waits for a place; microseconds since 1970.
    pub queued_since: Option<i64>,
    pub messages: u64,
    /// When the oldest message was stored that may be sent by now.
    pub message_since: Option<i64>,
}

/// Connections to the engine's database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    pub used: u64,
    pub idle: u64,
}

const LOOK: &str = "count what waits";

impl Store {
    /// Looks through what has not ended, by an index: what has ended costs nothing.
    pub async fn waiting(&self) -> Result<Waiting> {
        let read = &self.read;
        let states = JobState::ALL.iter().copied();
        let unended = states.filter(|state| !state.has_ended());
        let jobs: Vec<(String, JobState, i64)> = job::Entity::find()
            .select_only()
            .columns([job::Column::Flow, job::Column::State])
            .column_as(job::Column::Id.count(), "number")
            .filter(job::Column::State.is_in(unended))
            .group_by(job::Column::Flow)
            .group_by(job::Column::State)
            .into_tuple()
            .all(read)
            .await
            .map_err(query(LOOK))?;
        let queued_since = job::Entity::find()
            .select_only()
            .column(job::Column::CreatedAt)
            .filter(job::Column::State.eq(JobState::Queued))
            // Ids are in the order of their making.
            .order_by_asc(job::Column::Id)
            .into_tuple()
            .one(read)
            .await
            .map_err(query(LOOK))?;
        let messages = outbox::Entity::find().count(read).await;
        let message_since = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::StoredAt)
            .filter(outbox::Column::NotBeforeAt.lte(clock::steady::now_micros()))
            .filter(outbox::Column::StoredAt.gt(0))
            // Nearly the order in which they were stored, and an index has it.
            .order_by_asc(outbox::Column::Seq)
            .into_tuple()
            .one(read)
            .await
            .map_err(query(LOOK))?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(Waiting {
            jobs: jobs
                .into_iter()
                .map(|(flow, state, count)| (flow, state, number(count)))
                .collect(),
            queued_since,
            messages: messages.map_err(query(LOOK))?,
            message_since,
        })
    }

    pub fn connections(&self) -> Connections {
        let (mut used, mut idle) = (0, 0);
        for pool in [Some(self.read.clone()), self.write.opened()] {
            let (size, free) = pool.as_ref().map_or((0, 0), size_and_idle);
            idle += free.min(size);
            used += size.saturating_sub(free);
        }
        Connections { used, idle }
    }
}

fn size_and_idle(connection: &DatabaseConnection) -> (u64, u64) {
    let (size, idle) = match &connection.inner {
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            let pool = connection.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        }
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = connection.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        }
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            let pool = connection.get_mysql_connection_pool();
            (pool.size(), pool.num_idle())
        }
        _ => (0, 0),
    };
    (u64::from(size), idle as u64)
}
