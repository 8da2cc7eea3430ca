//! What happened to a job, in order.

use entity::{JobId, event};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use serde::Serialize;
use serde_json::Value;

use super::rows::{self, Column, ColumnType};
use super::{Result, Store, query};
use crate::clock;

/// Events in which the beginning and the end of a job's last life are looked for.
const LOOKED_AT: u64 = 8;

/// The history of jobs.
pub struct Events<'a>(&'a Store);

impl Store {
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }
}

impl Events<'_> {
    /// Events of a job that come after `seq`, oldest first.
    pub async fn after(&self, job: &JobId, seq: i64, limit: u64) -> Result<Vec<event::Model>> {
        event::Entity::find()
            .filter(event::Column::JobId.eq(job.clone()))
            .filter(event::Column::Seq.gt(seq))
            .order_by_asc(event::Column::Seq)
            .limit(limit)
            .all(&self.0.read)
            .await
            .map_err(query("read events"))
    }

    /// The number of the newest event of any job; 0: there is none.
    pub async fn newest(&self) -> Result<i64> {
        let newest: Option<i64> = event::Entity::find()
            .select_only()
            .column(event::Column::Seq)
            .order_by_desc(event::Column::Seq)
            .limit(1)
            .into_tuple()
            .one(&self.0.read)
            .await
            .map_err(query("read events"))?;
        Ok(newest.unwrap_or(0))
    }

    /// Events of all jobs that come after `seq`, or are among `missing`, oldest first.
    pub async fn of_all(&self, seq: i64, missing: &[i64], limit: u64) -> Result<Vec<JobEvent>> {
        let after = event::Column::Seq.gt(seq);
        let wanted = match missing.is_empty() {
            true => Condition::all().add(after),
            false => {
                let missing = rows::padded(missing.iter().copied());
                Condition::any()
                    .add(after)
                    .add(event::Column::Seq.is_in(missing))
            }
        };
        let found: Vec<(i64, JobId, String)> = event::Entity::find()
            .select_only()
            .columns([
                event::Column::Seq,
                event::Column::JobId,
                event::Column::Kind,
            ])
            .filter(wanted)
            .order_by_asc(event::Column::Seq)
            .limit(limit)
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("read events"))?;
        let event = |(seq, job_id, kind)| JobEvent { seq, job_id, kind };
        Ok(found.into_iter().map(event).collect())
    }

    /// How the job fared before the process with this epoch took it; `None`: that is the first one.
    pub async fn last_life(&self, job: &JobId, epoch: i64) -> Result<Option<LastLife>> {
        const BEGUN: [&str; 2] = ["job.started", "job.adopted"];
        const ENDED: [&str; 2] = ["job.rescued", "job.crashed"];
        let newest_first = event::Entity::find()
            .filter(event::Column::JobId.eq(job.clone()))
            .filter(event::Column::Kind.is_in(BEGUN.into_iter().chain(ENDED)))
            .order_by_desc(event::Column::Seq)
            .limit(LOOKED_AT)
            .all(&self.0.read)
            .await
            .map_err(query("read events"))?;
        let (mut adopted_at, mut end) = (None, None);
        for event in newest_first {
            let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
            if ENDED.contains(&event.kind.as_str()) {
                let reason = data["reason"].as_str().unwrap_or("its process ended");
                end = Some((event.at, reason.to_owned()));
            } else if data["epoch"]
                .as_i64()
                .is_some_and(|earlier| earlier < epoch)
            {
                return Ok(adopted_at.map(|adopted_at| LastLife {
                    began_at: event.at,
                    end,
                    adopted_at,
                }));
            } else {
                (adopted_at, end) = (Some(event.at), None);
            }
        }
        Ok(None)
    }
}

/// That something has happened to a job, and what kind of thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEvent {
    pub seq: i64,
    pub job_id: JobId,
    pub kind: String,
}

/// The life of a job in the process that ran it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLife {
    pub began_at: i64,
    /// When and why it was taken away from that process; `None`: the process gave it up.
    pub end: Option<(i64, String)>,
    /// When the present one took it.
    pub adopted_at: i64,
}

/// Records an event together with the change that caused it.
pub(crate) async fn record(
    on: &DatabaseTransaction,
    job: &JobId,
    kind: &str,
    data: &Value,
) -> Result<()> {
    let event = NewEvent::new(job, kind, data);
    let statement = insertion(on.get_database_backend(), &[event])?;
    on.execute_raw(statement)
        .await
        .map_err(query("record an event"))?;
    Ok(())
}

/// Something that happened to a job, to be recorded.
#[derive(Serialize)]
pub(crate) struct NewEvent {
    id: JobId,
    at: i64,
    kind: String,
    data: String,
}

impl NewEvent {
    /// It happens now.
    pub(crate) fn new(job: &JobId, kind: &str, data: &Value) -> Self {
        Self {
            id: job.clone(),
            at: clock::now_micros(),
            kind: kind.to_owned(),
            data: data.to_string(),
        }
    }
}

const COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("at", ColumnType::Integer),
    ("kind", ColumnType::ShortText),
    ("data", ColumnType::Text),
];

/// A statement that records any number of events, in order.
pub(crate) fn insertion<T: Serialize>(backend: DbBackend, events: &[T]) -> Result<Statement> {
    let sql = "INSERT INTO audience_event (job_id, at, kind, data) \
               SELECT r.id, r.at, r.kind, r.data FROM {rows}";
    rows::statement(backend, sql, COLUMNS, events)
}
