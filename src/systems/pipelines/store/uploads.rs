//! Projects that were uploaded: which version of each is in use.

use entity::pipeline_upload;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};

use super::{PipelineStore, versions};
use crate::clock;
use crate::engine::store::{Result, query};

/// A text that is to be used from now on.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub project: String,
    pub version: String,
    pub text: String,
    pub by: String,
}

/// The version that a caller has seen; `None`: it does not matter.
pub(crate) type Expected = Option<String>;

impl PipelineStore {
    pub(crate) async fn uploads(&self) -> Result<Vec<pipeline_upload::Model>> {
        pipeline_upload::Entity::find()
            .all(self.0.reader())
            .await
            .map_err(query("look for uploaded projects"))
    }

    /// Stores a text, unless another one than the expected one is in use: `false`.
    pub(crate) async fn put_upload(&self, upload: Upload, expected: Expected) -> Result<bool> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    const ATTEMPTED: &str = "store an uploaded project";
                    if !is_expected(on, &upload.project, expected.as_deref()).await? {
                        return Ok(false);
                    }
                    versions::keep(on, &upload.project, &upload.version, &upload.text).await?;
                    let row = pipeline_upload::ActiveModel {
                        project: Set(upload.project),
                        version: Set(upload.version),
                        uploaded_by: Set(upload.by),
                        at: Set(clock::now_micros()),
                    };
                    let newest = OnConflict::column(pipeline_upload::Column::Project)
                        .update_columns([
                            pipeline_upload::Column::Version,
                            pipeline_upload::Column::UploadedBy,
                            pipeline_upload::Column::At,
                        ])
                        .to_owned();
                    let stored = pipeline_upload::Entity::insert(row)
                        .on_conflict(newest)
                        .exec_without_returning(on)
                        .await;
                    stored.map_err(query(ATTEMPTED))?;
                    Ok(true)
                })
            })
            .await
    }

    /// Removes a project, unless another version than the expected one is in use: `false`.
    pub(crate) async fn remove_upload(&self, project: &str, expected: Expected) -> Result<bool> {
        let project = project.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    if !is_expected(on, &project, expected.as_deref()).await? {
                        return Ok(false);
                    }
                    let removed = pipeline_upload::Entity::delete_by_id(project)
                        .exec(on)
                        .await;
                    removed.map_err(query("remove an uploaded project"))?;
                    Ok(true)
                })
            })
            .await
    }
}

async fn is_expected(
    on: &DatabaseTransaction,
    project: &str,
    expected: Option<&str>,
) -> Result<bool> {
    let Some(expected) = expected else {
        return Ok(true);
    };
    let found = pipeline_upload::Entity::find_by_id(project)
        .one(on)
        .await
        .map_err(query("look for an uploaded project"))?;
    Ok(found.is_some_and(|found| found.version == expected))
}
