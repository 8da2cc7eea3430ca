//! Calls of workers that fetch their tasks over HTTP, and calls about dead letters.

use std::time::Duration;

use entity::LetterKind;
use poem::Request;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::Groups;
use crate::clock;
use crate::http::body::{AnyBody, JsonBody, Word, WordFilter};
use crate::http::error::Failure;
use crate::http::{Caller, Who};
use crate::systems::dispatch::api::scope::sees_letter;
use crate::systems::dispatch::api::v1::bodies::{CompleteTask, LeaseTasks, RenewLease};
use crate::systems::dispatch::api::words::LetterKinds;
use crate::systems::dispatch::{
    Acknowledged, Beat, Dispatch, DispatchError, LeaseRequest, LetterFilter, Progress, Replayed,
    Report, Reporter, TaskId, failure_of, read_answer,
};

/// The operations.
pub(crate) struct WorkersApi(pub Dispatch);

/// Tasks that are the worker's for a while.
#[derive(Object)]
struct LeasedTasks {
    /// None: there was none within the time to wait.
    tasks: Vec<LeasedTask>,
}

/// A task that is the worker's for a while.
#[derive(Object)]
struct LeasedTask {
    task_id: String,
    /// From 1; goes up each time the task is handed out anew.
    attempt: i32,
    /// To be shown with every call about this task.
    lease: String,
    /// RFC 3339. Without a heartbeat until then the attempt has failed; without any, the same
    /// attempt is handed out again.
    leased_until: String,
    /// The message that workers get over Kafka.
    message: Value,
}

/// A lease that was renewed, or a task that was ended.
#[derive(Object)]
struct Held {
    task_id: String,
    /// `running`, or what the worker reported.
    status: String,
    /// `true`: a caller has cancelled the task; a refusal says so, too.
    #[oai(skip_serializing_if_is_none)]
    cancelled: Option<bool>,
}

/// Dead letters, newest first.
#[derive(Object)]
struct LetterPage {
    dead_letters: Vec<DeadLetter>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<i64>,
}

/// What could not be used or delivered.
#[derive(Object)]
struct DeadLetter {
    seq: i64,
    /// `reply`: a worker's answer that could not be used. `task`: a task that was given up.
    kind: Word<LetterKinds>,
    /// RFC 3339.
    at: String,
    service: Option<String>,
    task_id: Option<String>,
    /// Where a reply came from.
    topic: Option<String>,
    /// A reply as it came; one that is not text is shown by its hexadecimal digits.
    payload: Option<String>,
    reason: String,
    replayed_at: Option<String>,
}

/// What became of a dead letter.
#[derive(Object)]
struct LetterReplayed {
    seq: i64,
    /// `replayed`
    status: String,
}

#[OpenApi(tag = "Groups::Dispatch")]
impl WorkersApi {
    /// Lease tasks
    ///
    /// Hands out tasks of a service that wait, oldest first, and waits for one if there is none, as
    /// long as the connection is open. A task that was leased is running; it is the worker's until its
    /// lease ends. A heartbeat at once says that it has arrived.
    #[oai(
        path = "/v1/dispatch/:service/lease",
        method = "post",
        operation_id = "lease_tasks"
    )]
    async fn lease_tasks(
        &self,
        http: &Request,
        service: Path<String>,
        body: JsonBody<LeaseTasks>,
    ) -> poem::Result<Json<LeasedTasks>> {
        let asked = body.value;
        let request = LeaseRequest {
            most: u64::from(asked.max),
            wait: seconds(asked.wait_s),
            lease: seconds(asked.lease_s),
        };
        let caller = Caller::of(http);
        let leased = self.0.lease(&service, request, &caller).await;
        let tasks = leased.map_err(Failure::from)?.into_iter();
        let tasks = tasks.map(|task| LeasedTask {
            task_id: task.task_id.to_string(),
            attempt: task.attempt,
            lease: task.key,
            leased_until: clock::rfc3339(task.until),
            message: task.message,
        });
        Ok(Json(LeasedTasks {
            tasks: tasks.collect(),
        }))
    }

    /// Keep a task for longer
    ///
    /// From now on for as long as `lease_s` says.
    #[oai(
        path = "/v1/dispatch/:service/heartbeat",
        method = "post",
        operation_id = "renew_lease"
    )]
    async fn renew_lease(
        &self,
        service: Path<String>,
        body: JsonBody<RenewLease>,
    ) -> poem::Result<Json<Held>> {
        let beat = body.value;
        let id = task_of(&service, &beat.task_id)?;
        let said = Beat {
            lease: seconds(beat.lease_s),
            message: beat.message,
            progress: beat.progress.and_then(Progress::of),
        };
        let renewed = self.0.renew(&id, &beat.lease, said).await;
        let Acknowledged { is_cancelled } = renewed.map_err(Failure::from)?;
        Ok(Json(Held {
            cancelled: is_cancelled.then_some(true),
            task_id: beat.task_id,
            status: "running".to_owned(),
        }))
    }

    /// End a task
    ///
    /// With its result, or with the reason why it failed. If the call does not fit (422), the attempt has
    /// failed with that reason.
    #[oai(
        path = "/v1/dispatch/:service/complete",
        method = "post",
        operation_id = "complete_task"
    )]
    async fn complete_task(
        &self,
        who: Who,
        service: Path<String>,
        body: AnyBody<CompleteTask>,
    ) -> poem::Result<Json<Held>> {
        let body = match body {
            AnyBody::Fits(body) => body,
            AnyBody::Misfit { bytes, failure } => {
                let answer = failure_of(read_answer(&bytes, None));
                // It may name a task of another service, for which others work.
                if let Some(answer) = answer
                    && (answer.task.service == *service || !who.scope().is_limited())
                {
                    self.0.fail_unusable(answer).await;
                }
                return Err(failure.into());
            }
        };
        let CompleteTask {
            task_id,
            lease,
            status: Word(status),
            message,
            result,
            attempt,
        } = body.value;
        let id = task_of(&service, &task_id)?;
        let report = Report {
            job: id.job.clone(),
            status,
            message,
            result: result.map(|result| result.to_string()),
            progress: None,
            attempt,
            by: Reporter::Holder(lease),
        };
        let done = self.0.report(&id, report).await;
        let Acknowledged { is_cancelled } = done.map_err(Failure::from)?;
        Ok(Json(Held {
            cancelled: is_cancelled.then_some(true),
            task_id,
            status: status.as_str().to_owned(),
        }))
    }

    /// List dead letters
    ///
    /// Answers of workers that could not be used, and tasks that were given up: their message could
    /// not be delivered, or no worker ended them in time.
    #[oai(
        path = "/v1/dispatch/dead_letters",
        method = "get",
        operation_id = "list_dead_letters"
    )]
    async fn list_dead_letters(
        &self,
        who: Who,
        kind: Query<Option<WordFilter<LetterKinds>>>,
        service: Query<Option<String>>,
        /// Only those that were, or were not, replayed.
        replayed: Query<Option<bool>>,
        /// The `next` of the page before.
        after: Query<Option<i64>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u64>>,
    ) -> poem::Result<Json<LetterPage>> {
        const USUAL: u64 = 50;
        let limit = limit.unwrap_or(USUAL);
        let filter = LetterFilter {
            kind: kind.0.and_then(|WordFilter(kind)| kind),
            service: service.0.filter(|service| !service.is_empty()),
            services: who.scope().services().map(<[String]>::to_vec),
            replayed: replayed.0,
            before: after.0,
        };
        let letters = self.0.letters(&filter, limit).await;
        let letters = letters.map_err(Failure::from)?;
        let full = letters.len() as u64 == limit;
        let next = letters.last().map(|letter| letter.seq).filter(|_| full);
        let mut seen = Vec::with_capacity(letters.len());
        for letter in letters {
            if sees_letter(&self.0, &who, &letter).await? {
                seen.push(letter);
            }
        }
        let shown = seen.into_iter().map(|letter| DeadLetter {
            seq: letter.seq,
            kind: Word(letter.kind),
            at: clock::rfc3339(letter.at),
            task_id: letter
                .service
                .clone()
                .zip(letter.job_id)
                .map(|(service, job)| TaskId { service, job }.to_string()),
            service: letter.service,
            topic: letter.topic,
            payload: Some(letter.payload).filter(|_| letter.kind == LetterKind::Reply),
            reason: letter.reason,
            replayed_at: letter.replayed_at.map(clock::rfc3339),
        });
        Ok(Json(LetterPage {
            dead_letters: shown.collect(),
            next,
        }))
    }

    /// Replay a dead letter
    ///
    /// An answer is applied again, a task that was given up is started again.
    #[oai(
        path = "/v1/dispatch/dead_letters/:seq/replay",
        method = "post",
        operation_id = "replay_dead_letter"
    )]
    async fn replay_dead_letter(
        &self,
        who: Who,
        seq: Path<i64>,
    ) -> poem::Result<Json<LetterReplayed>> {
        let letter = self.0.letter(*seq).await.map_err(Failure::from)?;
        if !sees_letter(&self.0, &who, &letter).await? {
            let unknown = DispatchError::UnknownLetter { seq: *seq };
            return Err(Failure::from(unknown).into());
        }
        match self.0.replay(*seq).await.map_err(Failure::from)? {
            Replayed::Done => Ok(Json(LetterReplayed {
                seq: *seq,
                status: "replayed".to_owned(),
            })),
            Replayed::Not { reason } => Err(Failure::conflict(reason).into()),
        }
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

/// A task of this service.
fn task_of(service: &str, task_id: &str) -> Result<TaskId, Failure> {
    let id = task_id.parse::<TaskId>().ok();
    id.filter(|id| id.service == service)
        .ok_or_else(|| Failure::not_found(format!("service {service} has no task {task_id}")))
}
