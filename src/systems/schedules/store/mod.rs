//! Schedules that were put over HTTP, and the jobs that fires have started.

use entity::{JobId, job, schedule};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::clock;
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, Store, query};

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleStore(Store);

impl ScheduleStore {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    pub(crate) fn engine(&self) -> &Store {
        &self.0
    }

    pub(crate) async fn all(&self) -> Result<Vec<schedule::Model>> {
        schedule::Entity::find()
            .all(self.0.reader())
            .await
            .map_err(query("look for schedules"))
    }

    /// Stores a schedule, unless another version than the expected one is there: `false`.
    pub(crate) async fn put(&self, new: schedule::Model, expected: Option<String>) -> Result<bool> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    if !is_expected(on, &new.name, expected.as_deref()).await? {
                        return Ok(false);
                    }
                    let row = schedule::ActiveModel {
                        name: Set(new.name),
                        definition: Set(new.definition),
                        digest: Set(new.digest),
                        changed_by: Set(new.changed_by),
                        at: Set(clock::now_micros()),
                    };
                    let newest = OnConflict::column(schedule::Column::Name)
                        .update_columns([
                            schedule::Column::Definition,
                            schedule::Column::Digest,
                            schedule::Column::ChangedBy,
                            schedule::Column::At,
                        ])
                        .to_owned();
                    let stored = schedule::Entity::insert(row)
                        .on_conflict(newest)
                        .exec_without_returning(on)
                        .await;
                    stored.map_err(query("store a schedule"))?;
                    Ok(true)
                })
            })
            .await
    }

    /// Removes a schedule, unless another version than the expected one is there: `false`.
    pub(crate) async fn remove(&self, name: &str, expected: Option<String>) -> Result<bool> {
        let name = name.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    if !is_expected(on, &name, expected.as_deref()).await? {
                        return Ok(false);
                    }
                    let removed = schedule::Entity::delete_by_id(name).exec(on).await;
                    removed.map_err(query("remove a schedule"))?;
                    Ok(true)
                })
            })
            .await
    }

    /// Those of these jobs that are known.
    pub(crate) async fn jobs(&self, ids: &[JobId]) -> Result<Vec<job::Model>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        job::Entity::find()
            .filter(job::Column::Id.is_in(padded(ids.iter().cloned())))
            .all(self.0.reader())
            .await
            .map_err(query("look at jobs of schedules"))
    }
}

async fn is_expected(on: &DatabaseTransaction, name: &str, expected: Option<&str>) -> Result<bool> {
    let Some(expected) = expected else {
        return Ok(true);
    };
    let found = schedule::Entity::find_by_id(name)
        .one(on)
        .await
        .map_err(query("look for a schedule"))?;
    Ok(found.is_some_and(|found| found.digest == expected))
}
