//! Creating tasks, under a key at most once.

use std::time::SystemTime;

use entity::JobId;
use serde_json::{Value, json};

use super::store::NewTask;
use super::{Dispatch, DispatchError, FLOW, QUEUE, Result, STEP, TaskId, fits, request};
use crate::engine::store::{StoreError, audit};
use crate::engine::{Flow, FlowStep};
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::{self, JobTrace};

/// Under which a task is created at most once.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    pub key: String,
    /// Of the body that comes with it.
    pub digest: String,
}

impl Dispatch {
    /// Stores a task and, unless its service waits for `start`, its message. Under a key that was
    /// used before it answers with the task of then.
    pub async fn create(
        &self,
        service: &str,
        condition: Value,
        key: Option<IdempotencyKey>,
    ) -> Result<TaskId> {
        let Some(key) = key else {
            return self.create_new(service, condition, None).await;
        };
        if let Some(before) = self.created_before(&key).await? {
            return Ok(before);
        }
        match self.create_new(service, condition, Some(&key)).await {
            // Another caller has used the key in between.
            Err(DispatchError::Store(error @ StoreError::KeyReused)) => {
                self.created_before(&key).await?.ok_or_else(|| error.into())
            }
            created => created,
        }
    }

    /// The task that was created under a key with the same body.
    async fn created_before(&self, key: &IdempotencyKey) -> Result<Option<TaskId>> {
        let jobs = self.store.engine().jobs();
        let Some(job) = jobs.find_by_key(&key.key).await? else {
            return Ok(None);
        };
        let is_same = job.body_digest.as_ref() == Some(&key.digest);
        match self.task_id(&job.id).await? {
            Some(task) if is_same => {
                audit::about(&task);
                Ok(Some(task))
            }
            _ => Err(StoreError::KeyReused.into()),
        }
    }

    async fn create_new(
        &self,
        service: &str,
        condition: Value,
        key: Option<&IdempotencyKey>,
    ) -> Result<TaskId> {
        let of = self.service(service)?;
        fits(service, of, &condition)?;
        let job = JobId::new();
        let flow = Flow {
            name: FLOW.to_owned(),
            steps: vec![FlowStep {
                name: STEP.to_owned(),
                kind: STEP.to_owned(),
                params: json!({ "service": service }),
                after: vec![],
                delay_s: 0,
            }],
        };
        let request = request(service, condition);
        let name = key.map(|key| key.key.clone());
        let mut new = flow.into_job(job, QUEUE.to_owned(), request, name, vec![])?;
        new.title = Some(service.to_owned());
        new.body_digest = key.map(|key| key.digest.clone());
        let task = NewTask {
            service: service.to_owned(),
            start: of.auto_start,
            deadline_at: match of.auto_start {
                true => of.patience.first_deadline(0),
                false => None,
            },
        };
        audit::about(TaskId {
            service: service.to_owned(),
            job: new.id.clone(),
        });
        let began = SystemTime::now();
        let parent = trace::current().map(|context| context.to_string());
        new.traceparent = parent.clone();
        let submitted = self.store.create(new, task).await?;
        let job = submitted.job().clone();
        metrics().jobs_submitted.add(1, &[("flow", FLOW)]);
        JobTrace::of(job.as_str(), parent.as_deref(), 0).report_submitted(FLOW, began);
        self.bell.ring();
        Ok(TaskId {
            service: service.to_owned(),
            job,
        })
    }
}
