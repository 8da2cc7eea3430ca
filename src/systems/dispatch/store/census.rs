//! How many tasks have not ended, by service and status.

use entity::{DispatchStatus, JobId, dispatch};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{DispatchStore, in_queues};
use crate::engine::store::{Result, query};

const COUNT: &str = "count the tasks that have not ended";

const OPEN: [DispatchStatus; 3] = [
    DispatchStatus::Ready,
    DispatchStatus::Waiting,
    DispatchStatus::Running,
];

/// Tasks of one service that have the same status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTasks {
    pub service: String,
    pub status: DispatchStatus,
    pub tasks: u64,
    /// The one that was created first.
    pub oldest: JobId,
    /// When the first of those that run began, in microseconds since 1970.
    pub began_at: Option<i64>,
}

impl OpenTasks {
    /// Since when the oldest of these tasks has waited or run, in microseconds since 1970.
    pub fn since(&self) -> Option<i64> {
        match self.status {
            DispatchStatus::Running => self.began_at,
            _ => created_at(&self.oldest),
        }
    }
}

/// Ids carry the time at which they were made.
pub fn created_at(id: &JobId) -> Option<i64> {
    let id = uuid::Uuid::parse_str(id.as_str()).ok()?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(micros + i64::from(nanos / 1_000))
}

impl DispatchStore {
    /// The tasks that have not ended, of jobs in these queues or in all, in the order of the names of
    /// their services.
    pub async fn open_tasks(&self, queues: Option<&[String]>) -> Result<Vec<OpenTasks>> {
        let mut select = dispatch::Entity::find()
            .select_only()
            .columns([dispatch::Column::Service, dispatch::Column::Status])
            .column_as(dispatch::Column::JobId.count(), "tasks")
            .column_as(dispatch::Column::JobId.min(), "oldest")
            .column_as(dispatch::Column::StartedAt.min(), "began_at")
            .filter(dispatch::Column::Status.is_in(OPEN))
            .group_by(dispatch::Column::Service)
            .group_by(dispatch::Column::Status)
            .order_by_asc(dispatch::Column::Service);
        if let Some(queues) = queues {
            select = select.filter(in_queues(queues));
        }
        let found = select.into_tuple().all(self.0.reader()).await;
        let found: Vec<(String, DispatchStatus, i64, JobId, Option<i64>)> =
            found.map_err(query(COUNT))?;
        let tasks = found.into_iter();
        let tasks = tasks.map(|(service, status, tasks, oldest, began_at)| OpenTasks {
            service,
            status,
            tasks: tasks.unsigned_abs(),
            oldest,
            began_at,
        });
        Ok(tasks.collect())
    }

    /// Some tasks of a service that have not ended, oldest first.
    pub async fn some_open_of(&self, service: &str, limit: u64) -> Result<Vec<JobId>> {
        dispatch::Entity::find()
            .select_only()
            .column(dispatch::Column::JobId)
            .filter(dispatch::Column::Service.eq(service))
            .filter(dispatch::Column::Status.is_in(OPEN))
            .order_by_asc(dispatch::Column::JobId)
            .limit(limit)
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query(COUNT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn an_id_says_when_it_was_made() {
        let before = clock::now_micros();
        let made = created_at(&JobId::new()).unwrap();
        // It counts milliseconds.
        assert!((before - 1_000..=clock::now_micros()).contains(&made));
        let other: JobId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(created_at(&other), None);
    }
}
