//! Steps of a job: planned, completed, failed.

use entity::{JobId, StepState, batch, step};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, UpdateMany};
use serde_json::json;

use super::changing::applied;
use super::events::NewEvent;
use super::for_job::ForJob;
use super::{BatchKey, Claim, NewBatch, Result, Store, batches, events, query};
use crate::clock;

/// How a step is to be worked on.
#[derive(Clone, Debug, Default)]
pub struct NewPlan {
    /// Their keys differ.
    pub batches: Vec<NewBatch>,
    pub notes: Option<String>,
    /// JSON, like the next one.
    pub policy: Option<String>,
    /// Of a step without batches.
    pub output: Option<String>,
    /// The first attempt at the only batch begins with the plan; the generation of the job.
    pub begins: Option<i32>,
}

impl NewPlan {
    /// The batches as they are stored.
    pub fn rows(&self, job: &JobId, step_no: i32) -> Vec<batch::Model> {
        let attempts = i32::from(self.begins.is_some());
        let rows = (0..).zip(&self.batches).map(|(no, batch)| batch::Model {
            attempts,
            ..batch.row(job, BatchKey { step_no, no })
        });
        rows.collect()
    }
}

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

    /// Stores how a step's input is cut into batches: done once, before any batch begins. `false`: that
    /// was done before, and nothing has changed.
    pub async fn store_plan(&self, claim: &Claim, no: i32, plan: NewPlan) -> Result<bool> {
        let backend = self.0.backend();
        let batches = plan.rows(&claim.job, no);
        let total = i32::try_from(batches.len()).unwrap_or(i32::MAX);
        let update = change(claim, no, StepState::Pending)
            .col_expr(step::Column::State, Expr::value(StepState::Running))
            .col_expr(step::Column::LastError, Expr::value(None::<String>))
            .col_expr(step::Column::Notes, Expr::value(plan.notes))
            .col_expr(step::Column::Policy, Expr::value(plan.policy))
            .col_expr(step::Column::Output, Expr::value(plan.output))
            .col_expr(step::Column::BatchesTotal, Expr::value(total));
        let mut then = batches::insertions(backend, &batches)?;
        let mut rows = batches.len();
        let data = json!({ "step": no, "batches": total });
        let mut events = vec![NewEvent::new(&claim.job, "step.planned", &data)];
        if let Some(generation) = plan.begins {
            const FIRST: i32 = 1;
            let key = BatchKey { step_no: no, no: 0 };
            then.push(batches::opening(backend, claim, key, (generation, FIRST)));
            rows += 1;
            events.push(batches::begins(claim, key, FIRST));
        }
        rows += events.len();
        then.push(events::insertion(backend, &events)?);
        let planned = self.0.change_for(ForJob {
            claim: claim.clone(),
            guard: update.build(backend),
            then,
            rows: rows as u64,
            attempted: "plan a step",
        });
        planned.await
    }

    /// Puts the beginning of a step off.
    pub async fn delay(&self, claim: &Claim, no: i32, not_before_at: i64) -> Result<()> {
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, no, StepState::Pending)
                        .col_expr(step::Column::NotBeforeAt, Expr::value(not_before_at));
                    applied(on, update, "delay a step").await?;
                    let data =
                        json!({ "step": no, "until": clock::steady::rfc3339(not_before_at) });
                    events::record(on, &claim.job, "step.delayed", &data).await
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
        quiet: bool,
    ) -> Result<()> {
        let error = error.to_owned();
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, no, StepState::Pending)
                        .col_expr(step::Column::Failures, Expr::value(failures))
                        .col_expr(step::Column::LastError, Expr::value(error.clone()))
                        .col_expr(step::Column::NotBeforeAt, Expr::value(not_before_at));
                    applied(on, update, "record a failed plan").await?;
                    if quiet {
                        return Ok(());
                    }
                    let data = json!({
                        "step": no, "error": error, "until": clock::steady::rfc3339(not_before_at),
                    });
                    events::record(on, &claim.job, "step.planning_failed", &data).await?;
                    Ok(())
                })
            })
            .await
    }

    /// `output`: what the step leaves to later ones; JSON.
    pub async fn complete(&self, claim: &Claim, no: i32, output: Option<String>) -> Result<()> {
        let end = StepEnd {
            from: StepState::Running,
            to: StepState::Completed,
            error: None,
            output,
        };
        self.end(claim, no, end).await
    }

    pub async fn fail(&self, claim: &Claim, no: i32, from: StepState, error: &str) -> Result<()> {
        let end = StepEnd {
            from,
            to: StepState::Failed,
            error: Some(error.to_owned()),
            output: None,
        };
        self.end(claim, no, end).await
    }

    async fn end(&self, claim: &Claim, no: i32, end: StepEnd) -> Result<()> {
        self.0
            .write_soon_for(claim, move |on, claim| {
                Box::pin(async move {
                    let update = change(claim, no, end.from)
                        .col_expr(step::Column::State, Expr::value(end.to))
                        .col_expr(step::Column::LastError, Expr::value(end.error.clone()))
                        .col_expr(step::Column::Output, Expr::value(end.output))
                        .col_expr(step::Column::EndedAt, Expr::value(clock::now_micros()));
                    if applied(on, update, "end a step").await? {
                        let kind = format!("step.{}", end.to.as_str());
                        let data = json!({ "step": no, "error": end.error });
                        events::record(on, &claim.job, &kind, &data).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

struct StepEnd {
    from: StepState,
    to: StepState,
    error: Option<String>,
    output: Option<String>,
}

fn change(claim: &Claim, no: i32, from: StepState) -> UpdateMany<step::Entity> {
    step::Entity::update_many()
        .filter(step::Column::JobId.eq(claim.job.clone()))
        .filter(step::Column::No.eq(no))
        .filter(step::Column::State.eq(from))
}
