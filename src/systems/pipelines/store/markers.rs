//! Which instances have succeeded, and what their tasks did then.

use std::collections::HashMap;

use entity::{JobId, pipeline_marker};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryTrait, Statement,
};

use super::PipelineStore;
use crate::clock;
use crate::engine::store::{BesideSlice, Result, blob_digest, query, rows};

/// Markers that are asked for at once.
const AT_ONCE: usize = 512;

/// Names an instance of a project in keys of tables: identities can be long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct InstanceKey(String);

/// An instance that has succeeded.
#[derive(Clone, Debug)]
pub(crate) struct Marker {
    pub project: String,
    pub identity: String,
    pub job: JobId,
    pub fingerprint: String,
    /// JSON.
    pub result: Option<String>,
}

impl InstanceKey {
    pub(crate) fn of(project: &str, identity: &str) -> Self {
        let named = format!("{project}/{identity}");
        Self(blob_digest(named.as_bytes()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl PipelineStore {
    /// Those of these instances that have succeeded once, with the fingerprint of then.
    pub(crate) async fn markers(
        &self,
        keys: &[InstanceKey],
    ) -> Result<HashMap<String, pipeline_marker::Model>> {
        let mut found = HashMap::new();
        for some in keys.chunks(AT_ONCE) {
            let ids = rows::padded(some.iter().map(|key| key.0.clone()));
            let there = pipeline_marker::Entity::find()
                .filter(pipeline_marker::Column::Id.is_in(ids))
                .all(self.0.reader())
                .await
                .map_err(query("look for what has been made"))?;
            found.extend(there.into_iter().map(|marker| (marker.id.clone(), marker)));
        }
        Ok(found)
    }
}

impl PipelineStore {
    /// Forgets that an instance has succeeded, if it was this job that made it; returns how many markers
    /// there were.
    pub(crate) async fn unmark(&self, key: InstanceKey, job: &JobId) -> Result<u64> {
        let job = job.clone();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let deleted = pipeline_marker::Entity::delete_many()
                        .filter(pipeline_marker::Column::Id.eq(key.0))
                        .filter(pipeline_marker::Column::JobId.eq(job))
                        .exec(on)
                        .await;
                    let deleted = deleted.map_err(query("forget what has been made"))?;
                    Ok(deleted.rows_affected)
                })
            })
            .await
    }
}

/// Stored in the transaction that ends the making of the instance.
impl BesideSlice for Marker {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let row = pipeline_marker::ActiveModel {
            id: Set(InstanceKey::of(&self.project, &self.identity).0),
            project: Set(self.project.clone()),
            identity: Set(self.identity.clone()),
            job_id: Set(self.job.clone()),
            fingerprint: Set(self.fingerprint.clone()),
            result: Set(self.result.clone()),
            at: Set(clock::now_micros()),
        };
        let newest = OnConflict::column(pipeline_marker::Column::Id)
            .update_columns([
                pipeline_marker::Column::JobId,
                pipeline_marker::Column::Fingerprint,
                pipeline_marker::Column::Result,
                pipeline_marker::Column::At,
            ])
            .to_owned();
        let stored = pipeline_marker::Entity::insert(row).on_conflict(newest);
        Ok(vec![stored.build(backend)])
    }
}
