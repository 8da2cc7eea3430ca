//! Tasks that belong to a step of a job: a batch waits for each of them.

use entity::{DispatchStatus, JobId, dispatch, outbox};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use serde_json::{Value, json};

use super::change::Change;
use super::lock;
use super::{DispatchStore, Patience};
use crate::clock;
use crate::engine::store::{BatchKey, Claim, Result, check_lease, events, query};

/// A task to be given to a worker, for a batch that waits for it.
#[derive(Clone, Debug)]
pub struct StepTask {
    pub id: JobId,
    pub claim: Claim,
    pub batch: BatchKey,
    pub service: String,
    pub request: Value,
    /// Its message is to be sent at once.
    pub start: bool,
    pub patience: Patience,
    /// It is given out again if it has failed with this attempt.
    pub again_after: Option<i32>,
}

/// What has become of a task by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A worker is to end it.
    Open,
    /// What the worker handed in, as JSON.
    Finished(Option<String>),
    Failed {
        attempt: i32,
        reason: Option<String>,
    },
}

impl DispatchStore {
    /// Stores the task with its message, unless it is there, and returns what has become of it.
    pub async fn place(&self, task: StepTask) -> Result<Outcome> {
        self.0
            .write(move |on| Box::pin(async move { place(on, &task).await }))
            .await
    }
}

async fn place(on: &DatabaseTransaction, task: &StepTask) -> Result<Outcome> {
    // First the task, as with its reports: they lock its job afterwards, too.
    let found = lock::look(on, &task.id).await?;
    check_lease(on, &task.claim).await?;
    let Some(before) = found else {
        insert(on, task).await?;
        return Ok(Outcome::Open);
    };
    match before.status {
        DispatchStatus::Ready | DispatchStatus::Waiting | DispatchStatus::Running => {
            Ok(Outcome::Open)
        }
        DispatchStatus::Finished => Ok(Outcome::Finished(before.result)),
        DispatchStatus::Failed if task.again_after == Some(before.attempt) => {
            let mut change = Change::of(&before);
            change.record("dispatch.restarted", &json!({ "attempt": before.attempt }));
            change.again(0, &task.patience);
            change.after.failures = 0;
            change.store(on).await?;
            Ok(Outcome::Open)
        }
        DispatchStatus::Failed => Ok(Outcome::Failed {
            attempt: before.attempt,
            reason: before.message_failed,
        }),
    }
}

async fn insert(on: &DatabaseTransaction, task: &StepTask) -> Result<()> {
    const STORE: &str = "store a task of a step";
    let (status, deadline_at) = match task.start {
        true => (DispatchStatus::Waiting, task.patience.first_deadline(0)),
        false => (DispatchStatus::Ready, None),
    };
    let row = dispatch::ActiveModel {
        job_id: Set(task.id.clone()),
        service: Set(task.service.clone()),
        status: Set(status),
        attempt: Set(1),
        failures: Set(0),
        deadline_at: Set(deadline_at),
        for_job: Set(Some(task.claim.job.clone())),
        step_no: Set(Some(task.batch.step_no)),
        batch_no: Set(Some(task.batch.no)),
        request: Set(Some(task.request.to_string())),
        ..Default::default()
    };
    dispatch::Entity::insert(row)
        .exec_without_returning(on)
        .await
        .map_err(query(STORE))?;
    if task.start {
        let message = outbox::ActiveModel {
            job_id: Set(task.id.clone()),
            service: Set(task.service.clone()),
            attempt: Set(1),
            not_before_at: Set(0),
            stored_at: Set(clock::now_micros()),
            ..Default::default()
        };
        outbox::Entity::insert(message)
            .exec_without_returning(on)
            .await
            .map_err(query(STORE))?;
    }
    let data = json!({ "step": task.batch.step_no, "task": task.id, "service": task.service });
    events::record(on, &task.claim.job, "dispatch.created", &data).await
}
