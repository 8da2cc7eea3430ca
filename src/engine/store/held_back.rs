//! Jobs that wait in the store for a place in their queue.

use std::collections::HashMap;

use entity::{JobId, JobState, job};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;
use serde_json::json;

use super::changing::locked;
use super::events::NewEvent;
use super::leases::Leases;
use super::rows::{Column, ColumnType};
use super::{Result, events, query, rows};

const NOTE: &str = "note why jobs wait";

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
                    let open = job::Entity::find()
                        .select_only()
                        .column(job::Column::Id)
                        .filter(job::Column::Id.is_in(rows::padded(reasons.keys().cloned())))
                        .filter(job::Column::State.eq(JobState::Queued))
                        .filter(job::Column::Waiting.is_null())
                        .order_by_asc(job::Column::Id);
                    let open: Vec<JobId> = locked(on, open)
                        .into_tuple()
                        .all(on)
                        .await
                        .map_err(query(NOTE))?;
                    note(on, &open, &reasons).await?;
                    Ok(open)
                })
            })
            .await
    }
}

#[derive(Serialize)]
struct NoteRow<'a> {
    id: &'a str,
    said: &'a str,
}

const NOTE_COLUMNS: &[Column] = &[("id", ColumnType::ShortText), ("said", ColumnType::Text)];

/// Of jobs that are locked.
async fn note(
    on: &DatabaseTransaction,
    jobs: &[JobId],
    reasons: &HashMap<JobId, String>,
) -> Result<()> {
    let said = jobs.iter().filter_map(|job| Some((job, reasons.get(job)?)));
    let (notes, events): (Vec<_>, Vec<_>) = said
        .map(|(job, reason)| {
            let note = NoteRow {
                id: job.as_str(),
                said: reason,
            };
            let event = NewEvent::new(job, "job.waiting", &json!({ "reason": reason }));
            (note, event)
        })
        .unzip();
    if notes.is_empty() {
        return Ok(());
    }
    let backend = on.get_database_backend();
    let sql = rows::update(
        backend,
        "audience_job",
        "waiting = r.said",
        "audience_job.id = r.id",
    );
    let statements = vec![
        rows::statement(backend, &sql, NOTE_COLUMNS, &notes)?,
        events::insertion(backend, &events)?,
    ];
    let noted = rows::execute_all(on, statements).await;
    noted.map(drop).map_err(query(NOTE))
}
