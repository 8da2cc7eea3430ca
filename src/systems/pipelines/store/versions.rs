//! The contents of project files. A job does what the version said with which it was planned.

use entity::pipeline_version;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

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
        let row = pipeline_version::ActiveModel {
            project: Set(project.to_owned()),
            version: Set(version.to_owned()),
            text: Set(text.to_owned()),
            at: Set(clock::now_micros()),
        };
        self.0
            .write(move |on| {
                Box::pin(async move {
                    // Another process may have stored it meanwhile.
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
                })
            })
            .await
    }

    /// The text of a version.
    pub(crate) async fn version(&self, project: &str, version: &str) -> Result<Option<String>> {
        let found = pipeline_version::Entity::find_by_id((project.to_owned(), version.to_owned()))
            .one(self.0.reader())
            .await
            .map_err(query("read a version of a project"))?;
        Ok(found.map(|found| found.text))
    }
}
