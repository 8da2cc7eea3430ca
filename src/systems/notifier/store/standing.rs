//! Jobs that have not ended: how long they have run, and how long they have not moved.

use std::collections::HashMap;

use entity::{JobId, JobState, event, job};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};

use super::NotificationStore;
use crate::engine::store::notifications::{NewNotification, note};
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, query};

const LOOK: &str = "look for jobs that take long";

/// Jobs of a flow among which those that are alike are looked for, the newest ones.
const LOOKED_THROUGH: u64 = 20_000;

impl NotificationStore {
    /// Jobs that run, those that began first.
    pub async fn running(&self, limit: u64) -> Result<Vec<job::Model>> {
        job::Entity::find()
            .filter(job::Column::State.eq(JobState::Running))
            .order_by_asc(job::Column::StartedAt)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query(LOOK))
    }

    /// How long the last successes of jobs that are alike took, in microseconds.
    pub async fn durations(&self, flow: &str, name: Option<&str>, limit: u64) -> Result<Vec<i64>> {
        let reader = self.0.reader();
        let backend = reader.get_database_backend();
        let (flow_at, name_at) = match backend {
            DbBackend::Postgres => ("$1", "$2"),
            _ => ("?", "?"),
        };
        let is_named = match name {
            Some(_) => format!("title = {name_at}"),
            None => "title IS NULL".to_owned(),
        };
        let sql = format!(
            "SELECT ended_at - started_at AS took FROM (SELECT state, title, started_at, ended_at \
             FROM audience_job WHERE flow = {flow_at} ORDER BY id DESC LIMIT {LOOKED_THROUGH}) AS j \
             WHERE state = 'succeeded' AND {is_named} AND started_at IS NOT NULL LIMIT {limit}"
        );
        let values = [Some(flow), name].into_iter().flatten().map(Into::into);
        let values: Vec<sea_orm::Value> = values.collect();
        let select = Statement::from_sql_and_values(backend, sql, values);
        let found = reader.query_all_raw(select).await.map_err(query(LOOK))?;
        let took = found.iter().map(|row| row.try_get("", "took"));
        let took = took.collect::<std::result::Result<Vec<i64>, _>>();
        took.map_err(query(LOOK))
    }

    /// Jobs that wait, and have not moved since this moment; each with the time of its last event.
    pub async fn standing(&self, before: i64, limit: u64) -> Result<Vec<(job::Model, i64)>> {
        let waits = Condition::any()
            .add(job::Column::State.is_in([JobState::Blocked, JobState::Queued, JobState::Parked]))
            .add(
                Condition::all()
                    .add(job::Column::State.eq(JobState::Running))
                    .add(job::Column::Waiting.is_not_null()),
            );
        let jobs = job::Entity::find()
            .filter(waits)
            .filter(job::Column::CreatedAt.lt(before))
            .order_by_asc(job::Column::CreatedAt)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query(LOOK))?;
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let ids = jobs.iter().map(|job| job.id.clone());
        let moved: Vec<(JobId, i64)> = event::Entity::find()
            .select_only()
            .column(event::Column::JobId)
            .column_as(event::Column::At.max(), "at")
            .filter(event::Column::JobId.is_in(padded(ids)))
            .group_by(event::Column::JobId)
            .into_tuple()
            .all(self.0.reader())
            .await
            .map_err(query(LOOK))?;
        let moved: HashMap<JobId, i64> = moved.into_iter().collect();
        let standing = jobs.into_iter().filter_map(|job| {
            let moved_at = moved.get(&job.id).copied().unwrap_or(job.created_at);
            (moved_at < before).then_some((job, moved_at))
        });
        Ok(standing.collect())
    }

    /// Notes what has been found.
    pub async fn note(&self, found: Vec<NewNotification>) -> Result<()> {
        self.0
            .write(move |on| Box::pin(async move { note(on, found).await }))
            .await
    }
}
