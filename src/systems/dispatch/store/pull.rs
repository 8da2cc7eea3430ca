//! Workers that fetch their tasks over HTTP: a task is theirs for a while, and for longer as long
//! as they say so.

use entity::{DispatchStatus, JobId, dispatch, job, outbox};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, JoinType,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::json;

use super::DispatchStore;
use super::change::Change;
use super::lock;
use super::outbox::free_places;
use super::report::{Progress, Reported};
use crate::clock;
use crate::engine::store::{Result, query};

/// A task that a worker has taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub job: JobId,
    pub attempt: i32,
    /// To be shown with every report.
    pub key: String,
    /// The request of its job, as JSON.
    pub request: String,
    /// When the lease ends, by the steady clock.
    pub until: i64,
}

/// What the holder of a lease says while it works.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// From now on.
    pub lease_us: i64,
    pub message: Option<String>,
    pub progress: Option<Progress>,
}

const TAKE: &str = "lease a task";

impl DispatchStore {
    /// Whether a task of a service waits to be taken, now.
    pub async fn any_waiting(&self, service: &str, pulled: bool) -> Result<bool> {
        let one = waiting(service, pulled, 1).one(self.0.reader()).await;
        Ok(one.map_err(query(TAKE))?.is_some())
    }

    /// Leases tasks of a service to a worker, oldest first: each is running from here on. No more
    /// than `concurrency` are with workers then. Unless all are `pulled`, none whose message was
    /// handed over to be sent. `None`: another process gives the places of the service away at this
    /// moment.
    pub async fn take(
        &self,
        service: &str,
        most: u64,
        lease_us: i64,
        concurrency: Option<u64>,
        pulled: bool,
    ) -> Result<Option<Vec<Taken>>> {
        let service = service.to_owned();
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let most = match concurrency {
                        None => most,
                        Some(limit) => match free_places(on, &service, limit).await? {
                            Some(free) => most.min(free),
                            None => return Ok(None),
                        },
                    };
                    if most == 0 {
                        return Ok(Some(Vec::new()));
                    }
                    let mut select = waiting(&service, pulled, most);
                    let query_of = QuerySelect::query(&mut select);
                    // What another process hands out at this moment is not waited for.
                    match on.get_database_backend() {
                        DbBackend::Sqlite => {}
                        DbBackend::Postgres => drop(query_of.lock_with_tables_behavior(
                            LockType::Update,
                            [dispatch::Entity],
                            LockBehavior::SkipLocked,
                        )),
                        // MariaDB cannot name the table, and locks what it joins, too.
                        _ => drop(
                            query_of.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
                        ),
                    }
                    let mut taken = Vec::new();
                    for before in select.all(on).await.map_err(query(TAKE))? {
                        let Some(request) = request_of(on, &before).await? else {
                            continue;
                        };
                        let until = clock::steady::now_micros() + lease_us;
                        let key = uuid::Uuid::new_v4().simple().to_string();
                        let mut change = Change::of(&before);
                        change.begin(None, Some(until));
                        change.after.holder = Some(key.clone());
                        change.after.heartbeat_at = None;
                        change.record("dispatch.leased", &json!({ "attempt": before.attempt }));
                        change.store(on).await?;
                        taken.push(Taken {
                            job: before.job_id,
                            attempt: before.attempt,
                            key,
                            request,
                            until,
                        });
                    }
                    Ok(Some(taken))
                })
            })
            .await
    }

    /// Lets the holder of a task keep it for longer.
    pub async fn renew(
        &self,
        id: &JobId,
        service: &str,
        key: &str,
        beat: Heartbeat,
    ) -> Result<Reported> {
        let (id, service, key) = (id.clone(), service.to_owned(), key.to_owned());
        self.0
            .write(move |on| {
                Box::pin(async move {
                    let Some(before) = lock::look_of(on, &id, &service).await? else {
                        return Ok(Reported::Unknown);
                    };
                    if before.status != DispatchStatus::Running
                        || before.holder.as_deref() != Some(key.as_str())
                    {
                        let reason = format!(
                            "its lease has ended; the task is {}",
                            before.status.as_str()
                        );
                        return Ok(Reported::Refused { reason });
                    }
                    let mut change = Change::of(&before);
                    change.note(beat.message, beat.progress);
                    let now = clock::steady::now_micros();
                    change.after.deadline_at = Some(now + beat.lease_us);
                    change.after.heartbeat_at = Some(now);
                    change.store(on).await?;
                    Ok(Reported::Same)
                })
            })
            .await
    }
}

/// What a task asks for, as JSON.
async fn request_of(on: &DatabaseTransaction, task: &dispatch::Model) -> Result<Option<String>> {
    if task.request.is_some() {
        return Ok(task.request.clone());
    }
    job::Entity::find_by_id(task.job_id.clone())
        .select_only()
        .column(job::Column::Request)
        .into_tuple()
        .one(on)
        .await
        .map_err(query(TAKE))
}

/// Tasks that wait, oldest first; not those whose next attempt has to wait. Where messages are sent,
/// not those whose message may be on its way.
fn waiting(service: &str, pulled: bool, limit: u64) -> Select<dispatch::Entity> {
    let select = match pulled {
        true => waiting_to_be_pulled(service),
        false => waiting_to_be_sent(service),
    };
    select.limit(limit)
}

/// A task may have lost its message: it was sent while the service had a topic.
fn waiting_to_be_pulled(service: &str) -> Select<dispatch::Entity> {
    let now = Condition::any()
        .add(outbox::Column::NotBeforeAt.is_null())
        .add(outbox::Column::NotBeforeAt.lte(clock::steady::now_micros()));
    with_message(JoinType::LeftJoin)
        .filter(dispatch::Column::Service.eq(service))
        .filter(dispatch::Column::Status.eq(DispatchStatus::Waiting))
        .filter(now)
        .order_by_asc(dispatch::Column::JobId)
}

/// In the order of their messages. They are found by these, so that no tasks are read that were sent
/// and wait for their worker: of the other conditions no index may seem to be the better one.
fn waiting_to_be_sent(service: &str) -> Select<dispatch::Entity> {
    let is_waiting = Expr::cust("coalesce(audience_dispatch.status, '') = 'waiting'");
    with_message(JoinType::InnerJoin)
        .filter(outbox::Column::Service.eq(service))
        .filter(outbox::Column::NotBeforeAt.lte(clock::steady::now_micros()))
        .filter(is_waiting)
        .filter(dispatch::Column::SentAt.is_null())
        .order_by_asc(outbox::Column::Seq)
}

fn with_message(join: JoinType) -> Select<dispatch::Entity> {
    let message = dispatch::Entity::belongs_to(outbox::Entity)
        .from(dispatch::Column::JobId)
        .to(outbox::Column::JobId)
        .into();
    dispatch::Entity::find().join(join, message)
}
