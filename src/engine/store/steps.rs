//! Steps of a job: planned, completed, failed.

use entity::{BatchState, JobId, StepState, batch, step};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    UpdateMany,
};
use serde_json::{Value, json};

use super::{Claim, Result, Store, events, jobs, query};
use crate::clock;

/// Steps.
pub struct Steps<'a>(&'a Store);

impl Store {
    pub fn steps(&self) -> Steps<'_> {
        Steps(self)
    }
}

impl Steps<'_> {
    pub async fn of(&self, job: &JobId) -> Result<Vec<step::Model>> {
        step::Entity::find()
            .filter(step::Column::JobId.eq(job.clone()))
            .order_by_asc(step::Column::No)
            .all(&self.0.read)
            .await
            .map_err(query("read the steps of a job"))
    }

    /// Stores how a step's input is cut into batches: done once, before any batch begins.
    pub async fn store_plan(
        &self,
        claim: &Claim,
        no: i32,
        specs: &[Value],
        notes: Option<String>,
    ) -> Result<()> {
        let specs = specs.to_vec();
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, no, StepState::Pending)
                        .col_expr(step::Column::State, Expr::value(StepState::Running))
                        .col_expr(step::Column::LastError, Expr::value(None::<String>))
                        .col_expr(step::Column::Notes, Expr::value(notes));
                    if !applied(on, update, "plan a step").await? {
                        return Ok(());
                    }
                    let batches =
                        specs
                            .iter()
                            .enumerate()
                            .map(|(batch_no, spec)| batch::ActiveModel {
                                job_id: Set(claim.job.clone()),
                                step_no: Set(no),
                                no: Set(batch_no as i32),
                                spec: Set(spec.to_string()),
                                state: Set(BatchState::Pending),
                                attempts: Set(0),
                                failures: Set(0),
                                outages: Set(0),
                                crashes: Set(0),
                                ..Default::default()
                            });
                    let batches = batches.collect();
                    jobs::insert_all::<batch::Entity, _>(on, batches, "store the batches").await?;
                    let data = json!({ "step": no, "batches": specs.len() });
                    events::record(on, &claim.job, "step.planned", &data).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Puts the beginning of a step off.
    pub async fn delay(&self, claim: &Claim, no: i32, not_before_at: i64) -> Result<()> {
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, no, StepState::Pending)
                        .col_expr(step::Column::NotBeforeAt, Expr::value(not_before_at));
                    applied(on, update, "delay a step").await?;
                    Ok(())
                })
            })
            .await
    }

    /// Records that planning a step failed, to be tried again at `not_before_at`.
    pub async fn planning_failed(
        &self,
        claim: &Claim,
        no: i32,
        failures: i32,
        error: &str,
        not_before_at: i64,
    ) -> Result<()> {
        let error = error.to_owned();
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, no, StepState::Pending)
                        .col_expr(step::Column::Failures, Expr::value(failures))
                        .col_expr(step::Column::LastError, Expr::value(error.clone()))
                        .col_expr(step::Column::NotBeforeAt, Expr::value(not_before_at));
                    applied(on, update, "record a failed plan").await?;
                    let data = json!({ "step": no, "error": error });
                    events::record(on, &claim.job, "step.planning_failed", &data).await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn complete(&self, claim: &Claim, no: i32) -> Result<()> {
        self.end(claim, no, StepState::Running, StepState::Completed, None)
            .await
    }

    pub async fn fail(&self, claim: &Claim, no: i32, from: StepState, error: &str) -> Result<()> {
        self.end(claim, no, from, StepState::Failed, Some(error))
            .await
    }

    async fn end(
        &self,
        claim: &Claim,
        no: i32,
        from: StepState,
        to: StepState,
        error: Option<&str>,
    ) -> Result<()> {
        let error = error.map(str::to_owned);
        self.0
            .write_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, no, from)
                        .col_expr(step::Column::State, Expr::value(to))
                        .col_expr(step::Column::LastError, Expr::value(error.clone()))
                        .col_expr(step::Column::EndedAt, Expr::value(clock::now_micros()));
                    if applied(on, update, "end a step").await? {
                        let kind = format!("step.{}", to.as_str());
                        let data = json!({ "step": no, "error": error });
                        events::record(on, &claim.job, &kind, &data).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

fn change(claim: &Claim, no: i32, from: StepState) -> UpdateMany<step::Entity> {
    step::Entity::update_many()
        .filter(step::Column::JobId.eq(claim.job.clone()))
        .filter(step::Column::No.eq(no))
        .filter(step::Column::State.eq(from))
}

async fn applied(
    on: &DatabaseTransaction,
    update: UpdateMany<step::Entity>,
    attempted: &'static str,
) -> Result<bool> {
    let result = update.exec(on).await.map_err(query(attempted))?;
    Ok(result.rows_affected == 1)
}
