//! What becomes of a task, and how that is stored: with its job, its step, its message and its
//! history.

use entity::{
    DispatchStatus, HistoryState, JobId, JobState, StepState, dispatch, job, outbox, step,
};
use sea_orm::sea_query::{Expr, Func, LockType};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, Insert, IntoActiveModel,
    QueryFilter, QuerySelect, QueryTrait, Statement,
};
use serde_json::{Value, json};

use super::super::events::{self, Told};
use super::super::{Result, Write, query, rows};
use super::Patience;
use crate::clock;

/// What is to become of a task.
pub(super) struct Change {
    /// As it is to be stored.
    pub after: dispatch::Model,
    pub message: Message,
    pub told: Vec<Told>,
    /// A caller, not a worker, has ended it.
    pub cancelled: bool,
}

/// What is to become of its message.
pub(super) enum Message {
    Keep,
    Drop,
    /// Not to be sent earlier; microseconds since 1970.
    Send {
        not_before_at: i64,
    },
}

/// The task as it is, for a change in this transaction; nobody else changes it meanwhile.
pub(super) async fn look(write: &Write, id: &JobId) -> Result<Option<dispatch::Model>> {
    let mut select = dispatch::Entity::find_by_id(id.clone());
    if write.on().get_database_backend() != DbBackend::Sqlite {
        QuerySelect::query(&mut select).lock(LockType::Update);
    }
    let found = select.one(write.on()).await;
    found.map_err(query("read a task"))
}

impl Change {
    pub(super) fn of(before: &dispatch::Model) -> Self {
        Self {
            after: before.clone(),
            message: Message::Keep,
            told: Vec::new(),
            cancelled: false,
        }
    }

    pub(super) fn tell(&mut self, kind: &str, data: &Value) {
        self.told.push(events::told(&self.after.job_id, kind, data));
    }

    /// A worker has begun, which may be told again before it ends.
    pub(super) fn begin(&mut self, message: Option<String>, deadline_at: Option<i64>) {
        let now = clock::now_micros();
        self.after.status = DispatchStatus::Running;
        self.after.started_at = Some(now);
        self.after.deadline_at = deadline_at;
        self.message = Message::Drop;
        self.say(message);
        let data = json!({ "attempt": self.after.attempt, "message": self.after.message_running });
        self.tell("dispatch.running", &data);
    }

    pub(super) fn finish(&mut self, message: Option<String>, result: Option<String>) {
        self.after.status = DispatchStatus::Finished;
        self.end(result);
        self.say(message);
        let data = json!({ "attempt": self.after.attempt, "message": self.after.message_finished });
        self.tell("dispatch.finished", &data);
        self.tell("job.succeeded", &json!({ "error": null }));
    }

    /// An attempt has failed: another one is made if the service is that patient.
    pub(super) fn fail(&mut self, reason: String, result: Option<String>, patience: &Patience) {
        let retries = patience.retries;
        if self.after.failures < retries {
            let pause = patience.pause(self.after.failures);
            let data = json!({
                "attempt": self.after.attempt, "error": reason, "retry_in_s": pause / 1_000_000,
            });
            self.tell("dispatch.attempt_failed", &data);
            self.after.failures += 1;
            self.again(clock::now_micros() + pause, patience);
            self.after.message = Some(reason.clone());
            self.after.message_failed = Some(reason);
            return;
        }
        self.give_up(reason, result);
    }

    /// The task has failed, however patient its service is.
    pub(super) fn give_up(&mut self, reason: String, result: Option<String>) {
        self.after.status = DispatchStatus::Failed;
        self.end(result);
        self.say(Some(reason));
        let data = json!({ "attempt": self.after.attempt, "error": self.after.message_failed });
        self.tell("dispatch.failed", &data);
        let error = json!({ "error": self.after.message_failed });
        self.tell("job.failed", &error);
    }

    /// The next attempt: its message is to be sent.
    pub(super) fn again(&mut self, not_before_at: i64, patience: &Patience) {
        self.after.status = DispatchStatus::Waiting;
        self.after.attempt += 1;
        self.after.started_at = None;
        self.after.ended_at = None;
        self.after.holder = None;
        self.after.deadline_at = patience.first_deadline(not_before_at);
        self.message = Message::Send { not_before_at };
    }

    fn end(&mut self, result: Option<String>) {
        self.after.ended_at = Some(clock::now_micros());
        self.after.deadline_at = None;
        self.after.holder = None;
        self.message = Message::Drop;
        if result.is_some() {
            self.after.result = result;
        }
    }

    /// Keeps the last message of each status.
    fn say(&mut self, message: Option<String>) {
        if message.is_none() {
            return;
        }
        let of_status = match self.after.status {
            DispatchStatus::Running => &mut self.after.message_running,
            DispatchStatus::Finished => &mut self.after.message_finished,
            _ => &mut self.after.message_failed,
        };
        of_status.clone_from(&message);
        self.after.message = message;
    }

    /// Stores it; `before` is as [`look`] found it.
    pub(super) async fn store(self, write: &Write, before: &dispatch::Model) -> Result<()> {
        let backend = write.on().get_database_backend();
        let mut statements = vec![self.of_task(before).build(backend)];
        if job_state(before.status) != job_state(self.after.status)
            || before.attempt != self.after.attempt
            || self.after.started_at.is_some() != before.started_at.is_some()
        {
            statements.extend(self.of_job(before, backend));
        }
        statements.extend(self.of_message(backend));
        if !self.told.is_empty() {
            statements.push(events::recording(backend, &self.told)?);
        }
        rows::execute_all(write.on(), statements)
            .await
            .map(drop)
            .map_err(query("change a task"))
    }

    fn of_task(&self, before: &dispatch::Model) -> sea_orm::UpdateMany<dispatch::Entity> {
        let mut after = self.after.clone().into_active_model().reset_all();
        after.job_id = NotSet;
        dispatch::Entity::update_many()
            .set(after)
            .filter(dispatch::Column::JobId.eq(before.job_id.clone()))
            .filter(dispatch::Column::Status.eq(before.status))
            .filter(dispatch::Column::Attempt.eq(before.attempt))
    }

    fn of_job(&self, before: &dispatch::Model, backend: DbBackend) -> [Statement; 2] {
        let after = &self.after;
        let id = || after.job_id.clone();
        let error = match after.status {
            DispatchStatus::Failed => after.message_failed.clone(),
            _ => None,
        };
        let state = match self.cancelled {
            true => JobState::Cancelled,
            false => job_state(after.status),
        };
        let restarted = i32::from(before.status.has_ended() && !after.status.has_ended());
        let job = job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value(state))
            .col_expr(job::Column::History, Expr::value(HistoryState::Kept))
            .col_expr(job::Column::Error, Expr::value(error.clone()))
            .col_expr(job::Column::EndedAt, Expr::value(after.ended_at))
            .col_expr(
                job::Column::StartedAt,
                Func::coalesce([
                    Expr::col(job::Column::StartedAt),
                    Expr::value(after.started_at),
                ])
                .into(),
            )
            .col_expr(
                job::Column::Generation,
                Expr::col(job::Column::Generation).add(restarted),
            )
            .filter(job::Column::Id.eq(id()));
        let state = match after.status {
            DispatchStatus::Ready | DispatchStatus::Waiting => StepState::Pending,
            DispatchStatus::Running => StepState::Running,
            DispatchStatus::Finished => StepState::Completed,
            DispatchStatus::Failed => StepState::Failed,
        };
        let step = step::Entity::update_many()
            .col_expr(step::Column::State, Expr::value(state))
            .col_expr(step::Column::LastError, Expr::value(error))
            .col_expr(step::Column::EndedAt, Expr::value(after.ended_at))
            .filter(step::Column::JobId.eq(id()));
        [job.build(backend), step.build(backend)]
    }

    fn of_message(&self, backend: DbBackend) -> Vec<Statement> {
        let drop = outbox::Entity::delete_many()
            .filter(outbox::Column::JobId.eq(self.after.job_id.clone()))
            .build(backend);
        match self.message {
            Message::Keep => vec![],
            Message::Drop => vec![drop],
            Message::Send { not_before_at } => {
                let send = Insert::one(outbox::ActiveModel {
                    seq: NotSet,
                    job_id: Set(self.after.job_id.clone()),
                    service: Set(self.after.service.clone()),
                    attempt: Set(self.after.attempt),
                    not_before_at: Set(not_before_at),
                });
                vec![drop, send.build(backend)]
            }
        }
    }
}

/// The state of the job of a task that has not been cancelled.
pub(super) fn job_state(status: DispatchStatus) -> JobState {
    match status {
        DispatchStatus::Ready => JobState::Held,
        DispatchStatus::Waiting | DispatchStatus::Running => JobState::Delegated,
        DispatchStatus::Finished => JobState::Succeeded,
        DispatchStatus::Failed => JobState::Failed,
    }
}
