//! New tasks: stored with their jobs and their messages.

use entity::DispatchStatus;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Serialize;

use super::{DispatchStore, change};
use crate::engine::store::parked_flows::{self, ParkedJob};
use crate::engine::store::rows::{self, Column, ColumnType};
use crate::engine::store::{NewJob, Result, SetOperation, SetOutcome, Submitted, query};

/// What a task is stored with, besides its job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    pub service: String,
    /// Its message is to be sent at once.
    pub start: bool,
    /// Without a report until then the first attempt has failed.
    pub deadline_at: Option<i64>,
}

impl NewTask {
    fn status(&self) -> DispatchStatus {
        match self.start {
            true => DispatchStatus::Waiting,
            false => DispatchStatus::Ready,
        }
    }
}

impl DispatchStore {
    /// Stores a task with its job and, if it is started, its message.
    pub async fn create(&self, mut job: NewJob, task: NewTask) -> Result<Submitted> {
        job.parked = change::waits_for(task.status()).map(str::to_owned);
        let job = ParkedJob::new(job);
        self.0.write_in_set(Creation { job, task }).await
    }
}

struct Creation {
    job: ParkedJob,
    task: NewTask,
}

impl SetOperation for Creation {
    type Outcome = Submitted;

    type Memory = ();

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        (): &mut Self::Memory,
    ) -> Result<SetOutcome<Submitted>> {
        let jobs: Vec<&ParkedJob> = set.iter().map(|creation| &creation.job).collect();
        let (outcomes, mut statements) = parked_flows::insertion(on, &jobs).await?;
        let new = set.iter().zip(&outcomes);
        let new = new.filter(|(_, outcome)| matches!(outcome, Ok(Submitted::New(_))));
        let tasks: Vec<_> = new.map(|(creation, _)| TaskRow::of(creation)).collect();
        if !tasks.is_empty() {
            let backend = on.get_database_backend();
            for insert in [INSERT_TASKS, INSERT_MESSAGES] {
                statements.push(rows::statement(backend, insert, TASK_COLUMNS, &tasks)?);
            }
            let stored = rows::execute_all(on, statements).await;
            stored.map_err(query("store a task"))?;
        }
        Ok(SetOutcome::Keep(outcomes))
    }
}

#[derive(Serialize)]
struct TaskRow<'a> {
    id: &'a str,
    service: &'a str,
    status: &'static str,
    deadline: Option<i64>,
    at: i64,
}

const TASK_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("service", ColumnType::ShortText),
    ("status", ColumnType::ShortText),
    ("deadline", ColumnType::Integer),
    ("at", ColumnType::Integer),
];

impl<'a> TaskRow<'a> {
    fn of(Creation { job, task }: &'a Creation) -> Self {
        Self {
            id: job.job().id.as_str(),
            service: &task.service,
            status: task.status().as_str(),
            deadline: task.deadline_at,
            at: job.submitted_at(),
        }
    }
}

const INSERT_TASKS: &str = "\
    INSERT INTO audience_dispatch (job_id, service, status, attempt, failures, deadline_at) \
    SELECT r.id, r.service, r.status, 1, 0, r.deadline FROM {rows}";

const INSERT_MESSAGES: &str = "\
    INSERT INTO audience_outbox (job_id, service, attempt, not_before_at, stored_at) \
    SELECT r.id, r.service, 1, 0, r.at FROM {rows} WHERE r.status = 'waiting'";
