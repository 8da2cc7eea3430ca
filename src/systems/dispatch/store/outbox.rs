//! Messages that are to be sent: read in order, and deleted once the broker has them.

use entity::{DispatchStatus, JobId, dispatch, job, outbox};
use sea_orm::sea_query::{Asterisk, Expr, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, JoinType,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use serde::Serialize;
use serde_json::json;

use super::change::{self, Change};
use super::lock;
use super::{DispatchStore, Dispatched, Patience};
use crate::clock;
use crate::engine::store::events::{self, NewEvent};
use crate::engine::store::rows::{self, Column, ColumnType};
use crate::engine::store::{Result, query, take_turn};

/// A message that is to be sent.
#[derive(Clone, Debug)]
pub struct Pending {
    pub seq: i64,
    /// The id of the task.
    pub task: JobId,
    /// The job to whose history it belongs.
    pub job: JobId,
    pub attempt: i32,
    /// The request of the task, as JSON.
    pub request: String,
    /// The span that the job comes from.
    pub traceparent: Option<String>,
}

#[derive(FromQueryResult)]
struct MessageRow {
    seq: i64,
    task: JobId,
    attempt: i32,
    /// Of the job that the task is; `None`: it is not one.
    request: Option<String>,
    traceparent: Option<String>,
}

/// A message that the broker will never take.
#[derive(Clone, Debug)]
pub struct Undeliverable {
    pub task: JobId,
    pub attempt: i32,
    pub reason: String,
}

#[derive(Serialize)]
struct SentRow<'a> {
    seq: i64,
    id: &'a str,
    attempt: i32,
    deadline: Option<i64>,
}

const SENT_COLUMNS: &[Column] = &[
    ("seq", ColumnType::Integer),
    ("id", ColumnType::ShortText),
    ("attempt", ColumnType::Integer),
    ("deadline", ColumnType::Integer),
];

const SENT: &str = "read what is to be sent";
const RESERVE: &str = "reserve places for messages";

impl DispatchStore {
    /// The oldest messages of a service that may be sent now; of one that is `limited`, those that
    /// have a place.
    pub async fn pending(&self, service: &str, limited: bool, limit: u64) -> Result<Vec<Pending>> {
        let job = outbox::Entity::belongs_to(job::Entity)
            .from(outbox::Column::JobId)
            .to(job::Column::Id)
            .into();
        let mut messages = sendable(service);
        if limited {
            messages = messages.filter(outbox::Column::Reserved.eq(true));
        }
        let messages = messages
            .select_only()
            .columns([outbox::Column::Seq, outbox::Column::Attempt])
            .column_as(outbox::Column::JobId, "task")
            .column_as(job::Column::Request, "request")
            .column_as(job::Column::Traceparent, "traceparent")
            .join(JoinType::LeftJoin, job)
            .order_by_asc(outbox::Column::Seq)
            .limit(limit)
            .into_model::<MessageRow>()
            .all(self.0.reader())
            .await
            .map_err(query(SENT))?;
        let mut pending = Vec::with_capacity(messages.len());
        for message in messages {
            pending.extend(self.with_request(message).await?);
        }
        Ok(pending)
    }

    /// `None`: the task is there no more.
    async fn with_request(&self, message: MessageRow) -> Result<Option<Pending>> {
        let MessageRow {
            seq,
            task,
            attempt,
            request,
            traceparent,
        } = message;
        let (job, request, traceparent) = match request {
            Some(request) => (task.clone(), request, traceparent),
            None => match self.find(&task).await? {
                Some(Dispatched { job, task }) => match task.request {
                    Some(request) => (job.id, request, job.traceparent),
                    None => return Ok(None),
                },
                None => return Ok(None),
            },
        };
        Ok(Some(Pending {
            seq,
            task,
            job,
            attempt,
            request,
            traceparent,
        }))
    }

    /// When the next message of these services may be sent that must not be sent yet.
    pub async fn next_pending_at(&self, services: &[String]) -> Result<Option<i64>> {
        outbox::Entity::find()
            .filter(outbox::Column::Service.is_in(services.iter().cloned()))
            .filter(outbox::Column::NotBeforeAt.gt(clock::steady::now_micros()))
            .select_only()
            .expr(outbox::Column::NotBeforeAt.min())
            .into_tuple::<Option<i64>>()
            .one(self.0.reader())
            .await
            .map(Option::flatten)
            .map_err(query(SENT))
    }

    /// Whether a service that takes so many tasks at once has a place for a message that may be
    /// sent now and has none, as far as can be seen without a lock.
    pub async fn may_reserve(&self, service: &str, concurrency: u64) -> Result<bool> {
        if outstanding(self.0.reader(), service).await? >= concurrency {
            return Ok(false);
        }
        let one = without_place(service).one(self.0.reader()).await;
        Ok(one.map_err(query(SENT))?.is_some())
    }

    /// Whether so many tasks of a service are with workers, or about to be.
    pub(in crate::systems::dispatch) async fn is_full(
        &self,
        service: &str,
        most: Option<u64>,
    ) -> Result<bool> {
        match most {
            Some(most) => Ok(outstanding(self.0.reader(), service).await? >= most),
            None => Ok(false),
        }
    }

    /// Gives places of a service that are free to its oldest messages that may be sent now, at most
    /// so many. `false`: another process gives places away at this moment.
    pub async fn reserve(&self, service: &str, concurrency: u64, most: u64) -> Result<bool> {
        let service = service.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let Some(free) = free_places(on, &service, concurrency).await? else {
                        return Ok(false);
                    };
                    let seqs: Vec<i64> = without_place(&service)
                        .select_only()
                        .column(outbox::Column::Seq)
                        .order_by_asc(outbox::Column::Seq)
                        .limit(free.min(most))
                        .into_tuple()
                        .all(on)
                        .await
                        .map_err(query(RESERVE))?;
                    if !seqs.is_empty() {
                        outbox::Entity::update_many()
                            .col_expr(outbox::Column::Reserved, Expr::value(true))
                            .filter(outbox::Column::Seq.is_in(rows::padded(seqs)))
                            .exec(on)
                            .await
                            .map_err(query(RESERVE))?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// Takes messages that the broker has out of the outbox.
    pub async fn sent(&self, sent: &[Pending], patience: &Patience) -> Result<()> {
        if sent.is_empty() {
            return Ok(());
        }
        let deadline = patience
            .waiting
            .map(|waiting| clock::steady::now_micros() + waiting);
        let rows: Vec<_> = sent
            .iter()
            .map(|message| SentRow {
                seq: message.seq,
                id: message.task.as_str(),
                attempt: message.attempt,
                deadline,
            })
            .collect();
        let events: Vec<_> = sent
            .iter()
            .map(|message| {
                let data = json!({ "attempt": message.attempt });
                NewEvent::new(&message.job, "dispatch.sent", &data)
            })
            .collect();
        let backend = self.0.reader().get_database_backend();
        let mut statements = Vec::new();
        // In the order in which other changes of a task lock its rows.
        if deadline.is_some() {
            let set = "deadline_at = r.deadline";
            let on = "audience_dispatch.job_id = r.id AND audience_dispatch.attempt = r.attempt \
                      AND coalesce(audience_dispatch.status, '') = 'waiting'";
            let sql = rows::update(backend, "audience_dispatch", set, on);
            statements.push(rows::statement(backend, &sql, SENT_COLUMNS, &rows)?);
        }
        let sql = rows::deletion(backend, "audience_outbox", "seq", "seq");
        statements.push(rows::statement(backend, &sql, SENT_COLUMNS, &rows)?);
        statements.push(events::insertion(backend, &events)?);
        self.0
            .write(|on| {
                Box::pin(async move {
                    let noted = rows::execute_all(on, statements).await;
                    noted.map(drop).map_err(query("note what was sent"))
                })
            })
            .await
    }

    /// Fails a task whose message will never be taken, unless it has moved on meanwhile.
    pub async fn undeliverable(&self, message: &Undeliverable) -> Result<bool> {
        let message = message.clone();
        let failed = self
            .0
            .write(move |on| {
                Box::pin(async move {
                    let Some(before) = lock::look(on, &message.task).await? else {
                        return Ok(None);
                    };
                    if before.status != DispatchStatus::Waiting || before.attempt != message.attempt
                    {
                        return Ok(None);
                    }
                    let mut change = Change::of(&before);
                    change.give_up(message.reason.clone(), None);
                    change.store(on).await?;
                    super::letters::of_task(on, &before, &message.reason).await?;
                    // Whether it is the end of a job, too.
                    Ok(Some(before.for_job.is_none()))
                })
            })
            .await?;
        if failed == Some(true) {
            change::count_ended(DispatchStatus::Failed);
        }
        Ok(failed.is_some())
    }
}

/// Messages of a service that may be sent now.
fn sendable(service: &str) -> Select<outbox::Entity> {
    outbox::Entity::find()
        .filter(outbox::Column::Service.eq(service))
        .filter(outbox::Column::NotBeforeAt.lte(clock::steady::now_micros()))
}

fn without_place(service: &str) -> Select<outbox::Entity> {
    sendable(service).filter(outbox::Column::Reserved.eq(false))
}

/// How many places of a service are free; until the end of the transaction nobody else takes one.
/// `None`: another process gives places away at this moment.
pub(super) async fn free_places(
    on: &DatabaseTransaction,
    service: &str,
    concurrency: u64,
) -> Result<Option<u64>> {
    if !take_turn(on, &format!("dispatch.{service}")).await? {
        return Ok(None);
    }
    let out = outstanding(on, service).await?;
    Ok(Some(concurrency.saturating_sub(out)))
}

/// How many tasks of a service are with workers, or their messages have a place or are on the way.
async fn outstanding<C: ConnectionTrait>(on: &C, service: &str) -> Result<u64> {
    let open = [DispatchStatus::Waiting, DispatchStatus::Running];
    let open = dispatch::Entity::find()
        .filter(dispatch::Column::Service.eq(service))
        .filter(dispatch::Column::Status.is_in(open));
    let unsent = outbox::Entity::find()
        .filter(outbox::Column::Service.eq(service))
        .filter(outbox::Column::Reserved.eq(false));
    // In one statement: a task that is created between two would count as unsent, but not as open,
    // and so make a place that is not there.
    let counts = Query::select()
        .expr_as(number_of(open), "open")
        .expr_as(number_of(unsent), "unsent")
        .take();
    let counts = on.query_one(&counts).await.map_err(query(SENT))?;
    let Some(counts) = counts else { return Ok(0) };
    let count = |name| counts.try_get::<i64>("", name).map_err(query(SENT));
    let (open, unsent) = (count("open")?, count("unsent")?);
    Ok(u64::try_from(open - unsent).unwrap_or(0))
}

/// The number of rows that a query has, as a part of another.
fn number_of<E: EntityTrait>(select: Select<E>) -> Expr {
    let all = Func::count(Expr::col(Asterisk));
    let rows = select.select_only().expr(all).into_query();
    Expr::SubQuery(None, Box::new(rows.into()))
}
