//! Changes of a brief: another request while it collects, and the next stage once it has ended.

use entity::{JobId, brief, brief_platform, job};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter};

use super::BriefStore;
use super::brief::Searched;
use crate::clock;
use crate::engine::store::changing::locked;
use crate::engine::store::{Result, StoreError, query, rerun_in};
use crate::systems::briefs::request::BriefRequest;

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// It collects, and goes on with the new request.
    Now,
    /// It had ended: its job is queued for the next stage, and is to be begun again.
    NextStage,
    /// It is being exported, or cancelled: it cannot be changed at this moment.
    Busy,
    /// Somebody else has changed it since it was read.
    Meanwhile,
    Unknown,
}

const CHANGE: &str = "change a brief";

impl BriefStore {
    /// Puts another request in the place of that of a revision.
    pub async fn change(
        &self,
        id: &JobId,
        revision: i32,
        request: &BriefRequest,
    ) -> Result<Changed> {
        let written = Searched::of(request)?;
        let name = request.job_name.clone();
        let deadline = i64::from(request.deadline_s) * 1_000_000;
        let id = id.clone();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let Some((job, found)) = read(on, &id).await? else {
                        return Ok(Changed::Unknown);
                    };
                    if found.revision != revision {
                        return Ok(Changed::Meanwhile);
                    }
                    let has_ended = job.state.has_ended();
                    let deadline = found.began_at.map(|began| began + deadline);
                    if !has_ended && (found.collected_at.is_some() || job.cancel_requested) {
                        return Ok(Changed::Busy);
                    }
                    brief::Entity::update_many()
                        .col_expr(brief::Column::Name, Expr::value(name))
                        .col_expr(brief::Column::Keywords, Expr::value(written.keywords))
                        .col_expr(brief::Column::Platforms, Expr::value(written.platforms))
                        .col_expr(brief::Column::Request, Expr::value(written.request))
                        .col_expr(brief::Column::Revision, Expr::value(revision + 1))
                        .col_expr(brief::Column::DeadlineAt, Expr::value(deadline))
                        .col_expr(brief::Column::ChangedAt, Expr::value(clock::now_micros()))
                        .filter(brief::Column::JobId.eq(id.clone()))
                        .exec(on)
                        .await
                        .map_err(query(CHANGE))?;
                    if !has_ended {
                        return Ok(Changed::Now);
                    }
                    match begin_stage(on, &id).await? {
                        true => Ok(Changed::NextStage),
                        // It never ran, or a part of it is dropped: it cannot run again.
                        false => Err(StoreError::Contended),
                    }
                })
            })
            .await
    }

    /// Queues the job of an ended brief for the next stage, in which pages that failed are asked for again.
    /// `false`: it has not ended.
    pub async fn next_stage(&self, id: &JobId) -> Result<bool> {
        let write = || {
            let id = id.clone();
            self.0
                .write(move |on| Box::pin(async move { begin_stage(on, &id).await }))
        };
        self.0.again(write).await
    }
}

/// A job and its brief, which nobody else changes before the end of the transaction.
async fn read(on: &DatabaseTransaction, id: &JobId) -> Result<Option<(job::Model, brief::Model)>> {
    let job = locked(on, job::Entity::find_by_id(id.clone()))
        .one(on)
        .await;
    let brief = locked(on, brief::Entity::find_by_id(id.clone()))
        .one(on)
        .await;
    let (job, brief) = (job.map_err(query(CHANGE))?, brief.map_err(query(CHANGE))?);
    Ok(job.zip(brief))
}

async fn begin_stage(on: &DatabaseTransaction, id: &JobId) -> Result<bool> {
    const BEGIN: &str = "begin the next stage of a brief";
    if !rerun_in(on, id).await? {
        return Ok(false);
    }
    let (none, no_text) = (Expr::value(None::<i64>), Expr::value(None::<String>));
    brief::Entity::update_many()
        .col_expr(brief::Column::Stage, Expr::col(brief::Column::Stage).add(1))
        .col_expr(brief::Column::BeganAt, none.clone())
        .col_expr(brief::Column::DeadlineAt, none.clone())
        .col_expr(brief::Column::CollectedAt, none.clone())
        .col_expr(brief::Column::Outcome, no_text.clone())
        .col_expr(brief::Column::Message, no_text.clone())
        .col_expr(brief::Column::Articles, none.clone())
        .col_expr(brief::Column::Accounts, none.clone())
        .filter(brief::Column::JobId.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query(BEGIN))?;
    brief_platform::Entity::update_many()
        .col_expr(brief_platform::Column::BeganAt, none.clone())
        .col_expr(brief_platform::Column::EndedAt, none)
        .col_expr(brief_platform::Column::Message, no_text)
        .filter(brief_platform::Column::JobId.eq(id.clone()))
        .exec(on)
        .await
        .map_err(query(BEGIN))?;
    Ok(true)
}
