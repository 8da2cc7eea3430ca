//! Exports of briefs that can be downloaded.

use entity::{JobId, brief, brief_export};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::BriefStore;
use crate::engine::store::{Claim, Result, check_lease, query};

const ENTER: &str = "enter an export";

impl BriefStore {
    /// Oldest first.
    pub async fn exports(&self, job: &JobId) -> Result<Vec<brief_export::Model>> {
        brief_export::Entity::find()
            .filter(brief_export::Column::JobId.eq(job.clone()))
            .order_by_asc(brief_export::Column::Stage)
            .all(self.0.reader())
            .await
            .map_err(query("look for exports"))
    }

    pub async fn export(&self, job: &JobId, stage: i32) -> Result<Option<brief_export::Model>> {
        brief_export::Entity::find_by_id((job.clone(), stage))
            .one(self.0.reader())
            .await
            .map_err(query("look for an export"))
    }

    /// Enters an export in the place of one of the same stage, with what is known of the brief by now. `epoch`: it
    /// is made by a step, and fails if another process has taken its job over, or the job is being cancelled.
    pub async fn enter_export(
        &self,
        export: brief_export::Model,
        (articles, accounts): (i64, i64),
        message: Option<String>,
        epoch: Option<i64>,
    ) -> Result<()> {
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let job = export.job_id.clone();
                    if let Some(epoch) = epoch {
                        let job = job.clone();
                        check_lease(on, &Claim { job, epoch }).await?;
                    }
                    brief_export::Entity::delete_many()
                        .filter(brief_export::Column::JobId.eq(job.clone()))
                        .filter(brief_export::Column::Stage.eq(export.stage))
                        .exec(on)
                        .await
                        .map_err(query(ENTER))?;
                    brief_export::Entity::insert(export.into_active_model())
                        .exec_without_returning(on)
                        .await
                        .map_err(query(ENTER))?;
                    brief::Entity::update_many()
                        .col_expr(brief::Column::Articles, Expr::value(articles))
                        .col_expr(brief::Column::Accounts, Expr::value(accounts))
                        .col_expr(brief::Column::Message, Expr::value(message))
                        .filter(brief::Column::JobId.eq(job))
                        .exec(on)
                        .await
                        .map(drop)
                        .map_err(query(ENTER))
                })
            })
            .await
    }

    /// Those that were made before this moment and whose files are still there.
    pub async fn old_exports(&self, before: i64, limit: u64) -> Result<Vec<brief_export::Model>> {
        brief_export::Entity::find()
            .filter(brief_export::Column::CreatedAt.lt(before))
            .filter(brief_export::Column::RemovedAt.is_null())
            .order_by_asc(brief_export::Column::CreatedAt)
            .limit(limit)
            .all(self.0.reader())
            .await
            .map_err(query("look for old exports"))
    }

    /// Notes that the file of an export was removed.
    pub async fn note_removed(&self, job: &JobId, stage: i32, at: i64) -> Result<()> {
        let job = job.clone();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    brief_export::Entity::update_many()
                        .col_expr(brief_export::Column::RemovedAt, Expr::value(at))
                        .filter(brief_export::Column::JobId.eq(job))
                        .filter(brief_export::Column::Stage.eq(stage))
                        .exec(on)
                        .await
                        .map(drop)
                        .map_err(query("note that an export was removed"))
                })
            })
            .await
    }
}
