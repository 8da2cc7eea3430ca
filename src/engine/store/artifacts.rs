//! The index of the files that jobs leave: the row of a file is written after the file and dropped after it.

use entity::{JobId, artifact, job};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::sweeping::ended;
use super::{Claim, Result, Store, query, rows};

/// The files of jobs.
pub struct ArtifactIndex<'a>(&'a Store);

impl Store {
    pub fn artifacts(&self) -> ArtifactIndex<'_> {
        ArtifactIndex(self)
    }
}

impl ArtifactIndex<'_> {
    /// Enters a file that was written under a lease, in the place of an older one of its name, whose
    /// epoch is returned.
    pub async fn record(&self, claim: &Claim, row: artifact::Model) -> Result<Option<i64>> {
        self.0
            .write_soon_for(claim, move |on, _| {
                Box::pin(async move {
                    let attempted = "enter a file of a job";
                    let key = (row.job_id.clone(), row.name.clone());
                    let before = artifact::Entity::find_by_id(key).one(on).await;
                    let before = before.map_err(query(attempted))?;
                    let entered = artifact::ActiveModel {
                        job_id: Set(row.job_id),
                        name: Set(row.name),
                        epoch: Set(row.epoch),
                        bytes: Set(row.bytes),
                        sha256: Set(row.sha256),
                        created_at: Set(row.created_at),
                    };
                    let replace =
                        OnConflict::columns([artifact::Column::JobId, artifact::Column::Name])
                            .update_columns([
                                artifact::Column::Epoch,
                                artifact::Column::Bytes,
                                artifact::Column::Sha256,
                                artifact::Column::CreatedAt,
                            ])
                            .to_owned();
                    artifact::Entity::insert(entered)
                        .on_conflict(replace)
                        .exec_without_returning(on)
                        .await
                        .map_err(query(attempted))?;
                    Ok(before.map(|before| before.epoch))
                })
            })
            .await
    }

    /// Removes the entry of a file on behalf of the process that runs its job.
    pub async fn remove(&self, claim: &Claim, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    artifact::Entity::delete_by_id((claim.job.clone(), name))
                        .exec(on)
                        .await
                        .map_err(query("remove a file of a job"))?;
                    Ok(())
                })
            })
            .await
    }

    /// The files of a job, by name.
    pub async fn of(&self, job: &JobId) -> Result<Vec<artifact::Model>> {
        artifact::Entity::find()
            .filter(artifact::Column::JobId.eq(job.clone()))
            .order_by_asc(artifact::Column::Name)
            .all(&self.0.read)
            .await
            .map_err(query("list the files of a job"))
    }

    pub async fn find(&self, job: &JobId, name: &str) -> Result<Option<artifact::Model>> {
        artifact::Entity::find_by_id((job.clone(), name.to_owned()))
            .one(&self.0.read)
            .await
            .map_err(query("look for a file of a job"))
    }

    /// Up to so many files of ended jobs from before this moment, oldest first.
    pub async fn aged(&self, before: i64, limit: u64) -> Result<Vec<artifact::Model>> {
        let unended = Query::select()
            .expr(Expr::val(1))
            .from(job::Entity)
            .and_where(
                Expr::col((job::Entity, job::Column::Id))
                    .equals((artifact::Entity, artifact::Column::JobId)),
            )
            .and_where(job::Column::State.is_not_in(ended()))
            .to_owned();
        artifact::Entity::find()
            .filter(artifact::Column::CreatedAt.lt(before))
            .filter(Expr::exists(unended).not())
            .order_by_asc(artifact::Column::CreatedAt)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query("look for old files of jobs"))
    }

    /// Drops the entries of files that are dropped; one that was written anew meanwhile stays.
    pub async fn drop_entries(&self, files: Vec<artifact::Model>) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    for file in files {
                        artifact::Entity::delete_by_id((file.job_id, file.name))
                            .filter(artifact::Column::Epoch.eq(file.epoch))
                            .filter(artifact::Column::CreatedAt.eq(file.created_at))
                            .exec(on)
                            .await
                            .map_err(query("drop entries of files"))?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The entries of files of these jobs.
    pub async fn of_all(&self, jobs: &[JobId]) -> Result<Vec<artifact::Model>> {
        artifact::Entity::find()
            .filter(artifact::Column::JobId.is_in(rows::padded(jobs.iter().cloned())))
            .all(&self.0.read)
            .await
            .map_err(query("list the files of jobs"))
    }
}
