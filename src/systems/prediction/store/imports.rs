//! Imports, as people look at them.

use entity::{JobId, import, import_problem, job};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};

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

/// Which problems of an import are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProblemFilter {
    pub code: Option<String>,
    /// Where the value goes.
    pub column: Option<String>,
    /// Only problems behind this number.
    pub after: i32,
}

/// How often something is wrong in a column.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct ProblemCount {
    pub code: String,
    pub into_column: Option<String>,
    pub problems: i64,
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

    /// In the order of the file.
    pub(crate) async fn problems(
        &self,
        import: &str,
        filter: &ProblemFilter,
        limit: u64,
    ) -> Result<Vec<import_problem::Model>> {
        let mut wanted = Condition::all().add(import_problem::Column::No.gt(filter.after));
        if let Some(code) = &filter.code {
            wanted = wanted.add(import_problem::Column::Code.eq(code.clone()));
        }
        if let Some(column) = &filter.column {
            wanted = wanted.add(import_problem::Column::IntoColumn.eq(column.clone()));
        }
        import_problem::Entity::find()
            .filter(import_problem::Column::ImportId.eq(import))
            .filter(wanted)
            .order_by_asc(import_problem::Column::No)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("list the problems of an import"))
    }

    /// How many problems of each code there are in each column, of those that are kept.
    pub(crate) async fn problem_counts(&self, import: &str) -> Result<Vec<ProblemCount>> {
        import_problem::Entity::find()
            .select_only()
            .column(import_problem::Column::Code)
            .column(import_problem::Column::IntoColumn)
            .column_as(import_problem::Column::No.count(), "problems")
            .filter(import_problem::Column::ImportId.eq(import))
            .group_by(import_problem::Column::Code)
            .group_by(import_problem::Column::IntoColumn)
            .order_by_asc(import_problem::Column::Code)
            .order_by_asc(import_problem::Column::IntoColumn)
            .into_model()
            .all(self.0.reader())
            .await
            .map_err(query("count the problems of an import"))
    }

    /// Removes an import and its problems; its rows are removed before.
    pub(crate) async fn remove_import(&self, id: &str) -> Result<()> {
        const REMOVE: &str = "remove an import";
        loop {
            let some = self
                .problems(id, &ProblemFilter::default(), AT_ONCE)
                .await?;
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
