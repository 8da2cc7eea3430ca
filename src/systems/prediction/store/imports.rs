//! Imports, as people look at them.

use entity::{JobId, import, import_problem, job};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::PredictionStore;
use crate::engine::store::rows::padded;
use crate::engine::store::{Result, query};

/// Rows that are removed in one transaction.
const AT_ONCE: u64 = 2_000;

/// Which imports are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImportFilter {
    pub mapping: Option<String>,
    pub file: Option<String>,
    /// Only imports that are older than this one.
    pub before: Option<String>,
}

impl PredictionStore {
    /// Newest first.
    pub(crate) async fn imports(
        &self,
        filter: &ImportFilter,
        limit: u64,
    ) -> Result<Vec<import::Model>> {
        const LIST: &str = "list imports";
        let mut wanted = Condition::all();
        if let Some(mapping) = &filter.mapping {
            wanted = wanted.add(import::Column::Mapping.eq(mapping.clone()));
        }
        if let Some(file) = &filter.file {
            wanted = wanted.add(import::Column::FileName.eq(file.clone()));
        }
        if let Some(before) = &filter.before {
            let Some(before) = self.import(before).await? else {
                return Ok(Vec::new());
            };
            let same_moment = Condition::all()
                .add(import::Column::At.eq(before.at))
                .add(import::Column::Id.lt(before.id));
            let behind = import::Column::At.lt(before.at);
            wanted = wanted.add(Condition::any().add(behind).add(same_moment));
        }
        import::Entity::find()
            .filter(wanted)
            .order_by_desc(import::Column::At)
            .order_by_desc(import::Column::Id)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query(LIST))
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
            .map_err(query("look at jobs"))
    }

    pub(crate) async fn import(&self, id: &str) -> Result<Option<import::Model>> {
        import::Entity::find_by_id(id.to_owned())
            .one(self.0.reader())
            .await
            .map_err(query("look for an import"))
    }

    /// The newest import of a job.
    pub(crate) async fn import_of_job(&self, job: &JobId) -> Result<Option<import::Model>> {
        import::Entity::find()
            .filter(import::Column::JobId.eq(job.clone()))
            .order_by_desc(import::Column::At)
            .one(self.0.reader())
            .await
            .map_err(query("look for the import of a job"))
    }

    /// In the order of the file, behind this number.
    pub(crate) async fn problems(
        &self,
        import: &str,
        after: i32,
        limit: u64,
    ) -> Result<Vec<import_problem::Model>> {
        import_problem::Entity::find()
            .filter(import_problem::Column::ImportId.eq(import))
            .filter(import_problem::Column::No.gt(after))
            .order_by_asc(import_problem::Column::No)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("list the problems of an import"))
    }

    /// Removes an import and its problems; its rows are removed before.
    pub(crate) async fn remove_import(&self, id: &str) -> Result<()> {
        const REMOVE: &str = "remove an import";
        loop {
            let some = self.problems(id, 0, AT_ONCE).await?;
            let Some(last) = some.last().map(|last| last.no) else {
                break;
            };
            let id = id.to_owned();
            self.0
                .write(move |on| {
                    Box::pin(async move {
                        let removed = import_problem::Entity::delete_many()
                            .filter(import_problem::Column::ImportId.eq(id))
                            .filter(import_problem::Column::No.lte(last))
                            .exec(on)
                            .await;
                        removed.map(drop).map_err(query(REMOVE))
                    })
                })
                .await?;
        }
        let id = id.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let removed = import::Entity::delete_by_id(id).exec(on).await;
                    removed.map(drop).map_err(query(REMOVE))
                })
            })
            .await
    }
}
