//! Asking many jobs to stop: that costs a few statements, not some for each.

use entity::{JobId, JobState, job};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};

use crate::clock;
use crate::engine::store::changing::locked;
use crate::engine::store::events::{self, NewEvent};
use crate::engine::store::jobs::Jobs;
use crate::engine::store::needs::{Consequences, settle};
use crate::engine::store::{Result, batches, query, rows};
use crate::telemetry::metrics::metrics;

/// Jobs of one statement.
const AT_ONCE: usize = 512;

const ASK: &str = "ask jobs to stop";
const END: &str = "cancel jobs that wait for others";

/// Notes in a transaction of the caller that these jobs are to stop. They have not ended.
pub(crate) async fn ask_together(on: &DatabaseTransaction, ids: &[JobId]) -> Result<()> {
    for some in ids.chunks(AT_ONCE) {
        job::Entity::update_many()
            .col_expr(job::Column::CancelRequested, Expr::value(true))
            .filter(job::Column::Id.is_in(rows::padded(some.iter().cloned())))
            .exec(on)
            .await
            .map_err(query(ASK))?;
        record(on, some, "job.cancel_requested", &json!({})).await?;
    }
    Ok(())
}

impl Jobs<'_> {
    /// Ends those of the jobs, which were asked to stop, that wait for other jobs. `ids` begin with
    /// those that need others, so that none begins meanwhile.
    pub(in crate::engine) async fn end_blocked(&self, ids: &[JobId]) -> Result<Consequences> {
        let mut all = Consequences::default();
        for some in ids.chunks(AT_ONCE) {
            let end = || {
                let some = some.to_vec();
                self.0
                    .write(move |on| Box::pin(async move { end_blocked(on, &some).await }))
            };
            let (flows, consequences) = self.0.again(end).await?;
            for flow in &flows {
                let labels = [("flow", flow.as_str()), ("state", "cancelled")];
                metrics().jobs_ended.add(1, &labels);
            }
            consequences.count();
            all.skipped.extend(consequences.skipped);
            all.unblocked.extend(consequences.unblocked);
        }
        Ok(all)
    }
}

async fn end_blocked(
    on: &DatabaseTransaction,
    ids: &[JobId],
) -> Result<(Vec<String>, Consequences)> {
    let waiting = job::Entity::find()
        .filter(job::Column::Id.is_in(rows::padded(ids.iter().cloned())))
        .filter(job::Column::CancelRequested.eq(true))
        .filter(job::Column::State.is_in([JobState::Blocked, JobState::Parked]))
        .order_by_asc(job::Column::Id)
        .select_only()
        .columns([job::Column::Id, job::Column::Flow, job::Column::State]);
    let waiting: Vec<(JobId, String, JobState)> = locked(on, waiting)
        .into_tuple()
        .all(on)
        .await
        .map_err(query(END))?;
    let (mut ended, mut flows) = (Vec::new(), Vec::new());
    for (id, flow, state) in waiting {
        match state {
            JobState::Blocked => {
                ended.push(id);
                flows.push(flow);
            }
            // Some process will claim it to end it.
            _ => drop(batches::unpark_job(on, &id).await?),
        }
    }
    if ended.is_empty() {
        return Ok((flows, Consequences::default()));
    }
    let consequences = end_together(on, &ended).await?;
    Ok((flows, consequences))
}

/// Ends jobs that no process has run: there is nothing to stop.
pub(super) async fn end_together(on: &DatabaseTransaction, ids: &[JobId]) -> Result<Consequences> {
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Cancelled))
        .col_expr(job::Column::CancelRequested, Expr::value(true))
        .col_expr(job::Column::EndedAt, Expr::value(clock::now_micros()))
        .col_expr(job::Column::LiveKey, Expr::value(None::<String>))
        .filter(job::Column::Id.is_in(rows::padded(ids.iter().cloned())))
        .exec(on)
        .await
        .map_err(query(END))?;
    record(on, ids, "job.cancelled", &json!({ "error": null })).await?;
    settle(on, ids).await
}

async fn record(on: &DatabaseTransaction, jobs: &[JobId], kind: &str, data: &Value) -> Result<()> {
    let events = jobs.iter().map(|job| NewEvent::new(job, kind, data));
    let events: Vec<NewEvent> = events.collect();
    let statement = events::insertion(on.get_database_backend(), &events)?;
    let recorded = on.execute_raw(statement).await;
    recorded.map_err(query("record events")).map(drop)
}
