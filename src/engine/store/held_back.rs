//! Jobs that wait in the store for a place in their queue.

use std::collections::HashMap;

use entity::{JobId, JobState, job};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::leases::Leases;
use super::{Result, events, query};

/// The beginning of every note of this kind, and of no other.
pub(super) const QUEUE: &str = "queue `";

/// The note of a job that is claimed: its queue does not hold it back any more.
pub(super) const NOTE_TAKEN_BACK: &str =
    "CASE WHEN waiting LIKE 'queue `%' THEN NULL ELSE waiting END";

impl Leases<'_> {
    /// Queued jobs behind this one, in their order, with their queues.
    pub async fn queued_after(
        &self,
        after: Option<&JobId>,
        limit: u64,
    ) -> Result<Vec<(JobId, String)>> {
        let mut select = job::Entity::find()
            .select_only()
            .columns([job::Column::Id, job::Column::Queue])
            .filter(job::Column::State.eq(JobState::Queued))
            .order_by_asc(job::Column::Id)
            .limit(limit);
        if let Some(after) = after {
            select = select.filter(job::Column::Id.gt(after.clone()));
        }
        select
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("look for queued jobs"))
    }

    /// Notes why these queued jobs do not begin, at those that do not say so yet; returns these.
    pub async fn hold_back(&self, reasons: HashMap<JobId, String>) -> Result<Vec<JobId>> {
        self.0
            .write_soon(move |on| {
                Box::pin(async move {
                    let mut noted = Vec::new();
                    for (job, reason) in &reasons {
                        let update = job::Entity::update_many()
                            .col_expr(job::Column::Waiting, Expr::value(reason.clone()))
                            .filter(job::Column::Id.eq(job.clone()))
                            .filter(job::Column::State.eq(JobState::Queued))
                            .filter(job::Column::Waiting.is_null())
                            .exec(on)
                            .await
                            .map_err(query("note why a job waits"))?;
                        if update.rows_affected > 0 {
                            let data = json!({ "reason": reason });
                            events::record(on, job, "job.waiting", &data).await?;
                            noted.push(job.clone());
                        }
                    }
                    Ok(noted)
                })
            })
            .await
    }
}
