//! The contents of project files. A job does what the version said with which it was planned.

use entity::pipeline_version;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::PipelineStore;
use crate::clock;
use crate::engine::store::{Result, query};

impl PipelineStore {
    /// Stores a version, unless it is there.
    pub(crate) async fn keep_version(
        &self,
        project: &str,
        version: &str,
        text: &str,
    ) -> Result<()> {
        if self.version(project, version).await?.is_some() {
            return Ok(());
        }
        let [project, version, text] = [project, version, text].map(str::to_owned);
        self.0
            .write(move |on| Box::pin(async move { keep(on, &project, &version, &text).await }))
            .await
    }

    /// Versions of a project, newest first; only those before this one.
    pub(crate) async fn versions(
        &self,
        project: &str,
        before: Option<pipeline_version::Model>,
        limit: u64,
    ) -> Result<Vec<pipeline_version::Model>> {
        let mut wanted = Condition::all().add(pipeline_version::Column::Project.eq(project));
        if let Some(before) = before {
            let same_moment = Condition::all()
                .add(pipeline_version::Column::At.eq(before.at))
                .add(pipeline_version::Column::Version.gt(before.version));
            let behind = pipeline_version::Column::At.lt(before.at);
            wanted = wanted.add(Condition::any().add(behind).add(same_moment));
        }
        pipeline_version::Entity::find()
            .filter(wanted)
            .order_by_desc(pipeline_version::Column::At)
            .order_by_asc(pipeline_version::Column::Version)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("list the versions of a project"))
    }

    pub(crate) async fn version_row(
        &self,
        project: &str,
        version: &str,
    ) -> Result<Option<pipeline_version::Model>> {
        pipeline_version::Entity::find_by_id((project.to_owned(), version.to_owned()))
            .one(self.0.reader())
            .await
            .map_err(query("read a version of a project"))
    }

    /// The text of a version.
    pub(crate) async fn version(&self, project: &str, version: &str) -> Result<Option<String>> {
        let found = self.version_row(project, version).await?;
        Ok(found.map(|found| found.text))
    }
}

/// Stores a version, unless it is there: another process may have stored it meanwhile.
pub(super) async fn keep(
    on: &DatabaseTransaction,
    project: &str,
    version: &str,
    text: &str,
) -> Result<()> {
    let row = pipeline_version::ActiveModel {
        project: Set(project.to_owned()),
        version: Set(version.to_owned()),
        text: Set(text.to_owned()),
        at: Set(clock::now_micros()),
    };
    let key = [
        pipeline_version::Column::Project,
        pipeline_version::Column::Version,
    ];
    let there = OnConflict::columns(key).do_nothing_on(key).to_owned();
    let inserted = pipeline_version::Entity::insert(row)
        .on_conflict(there)
        .exec_without_returning(on)
        .await;
    inserted
        .map_err(query("store a version of a project"))
        .map(drop)
}
