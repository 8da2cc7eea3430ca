//! What happened to a job, in order.

use entity::{JobId, event};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;

use super::{Result, Store, Write, query};
use crate::clock;

/// The history of jobs.
pub struct Events<'a>(&'a Store);

impl Store {
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }
}

impl Events<'_> {
    /// Events of a job that come after `seq`, oldest first.
    pub async fn after(&self, job: &JobId, seq: i64, limit: u64) -> Result<Vec<event::Model>> {
        event::Entity::find()
            .filter(event::Column::JobId.eq(job.clone()))
            .filter(event::Column::Seq.gt(seq))
            .order_by_asc(event::Column::Seq)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query("read events"))
    }
}

/// Records an event together with the change that it tells of.
pub(super) async fn record(write: &Write, job: &JobId, kind: &str, data: &Value) -> Result<()> {
    let event = event::ActiveModel {
        seq: NotSet,
        job_id: Set(job.clone()),
        at: Set(clock::now_micros()),
        kind: Set(kind.to_owned()),
        data: Set(data.to_string()),
    };
    event::Entity::insert(event)
        .exec_without_returning(&write.transaction)
        .await
        .map_err(query("record an event"))?;
    Ok(())
}
