//! A job that failed and starts over by itself, where it runs.

use entity::{job, step};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

use super::jobs::Jobs;
use super::requeue::reset_steps;
use super::{Claim, Result, events, query};
use crate::clock;

impl Jobs<'_> {
    /// Lets a running job begin again with its first steps at `not_before_at`. Its lease stays.
    pub async fn start_over(&self, claim: &Claim, reason: &str, not_before_at: i64) -> Result<()> {
        const START_OVER: &str = "start a job over";
        let reason = reason.to_owned();
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let id = &claim.job;
                    job::Entity::update_many()
                        .col_expr(job::Column::Waiting, Expr::value(None::<String>))
                        .col_expr(
                            job::Column::Generation,
                            Expr::col(job::Column::Generation).add(1),
                        )
                        .filter(job::Column::Id.eq(id.clone()))
                        .exec(on)
                        .await
                        .map_err(query(START_OVER))?;
                    reset_steps(on, id).await?;
                    step::Entity::update_many()
                        .col_expr(step::Column::NotBeforeAt, Expr::value(not_before_at))
                        .col_expr(step::Column::LastError, Expr::value(reason.clone()))
                        .filter(step::Column::JobId.eq(id.clone()))
                        .filter(step::Column::After.eq("[]"))
                        .exec(on)
                        .await
                        .map_err(query(START_OVER))?;
                    let until = clock::steady::rfc3339(not_before_at);
                    let data = json!({ "error": reason, "until": until });
                    events::record(on, id, "job.retried", &data).await
                })
            })
            .await
    }
}
