//! System 2: long-running tasks for outside workers. The flow has one step, `dispatch`, and no
//! process runs its jobs; in other flows the same kind of step parks until its task has ended.
//!
//! [`Dispatch`] creates tasks, shows where they are and applies what callers and workers report;
//! sending, reading answers and deadlines are the [`services`].

pub mod api;
mod error;
mod flow;
pub mod kafka;
mod letters;
mod orphans;
mod pull;
pub mod services;
pub mod settings;
mod store;
mod system;
mod task;
mod view;

use std::time::{Duration, SystemTime};

use chrono_tz::Tz;
use entity::{DispatchStatus, JobId, dispatch};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tracing::info;

pub use crate::systems::dispatch::services::{
    Bell, DispatchService, DispatchServices, NoTaskId, TaskId, read_answer, read_answer_in,
    status_of,
};
pub use error::DispatchError;
pub use letters::Replayed;
pub use pull::{LeaseRequest, Leased};
pub use store::{DispatchFilter, DispatchStore, LetterFilter, Patience, Report, Reporter};
pub use system::{DEAD_LETTERS, DispatchSystem, JOB_TABLES};
pub use task::DispatchKind;

use crate::clock;
use crate::engine::store::{Store, StoreError, Submitted};
use crate::engine::{Flow, FlowStep};
use crate::systems::dispatch::services::{Answer, Unusable, Via, apply, message_bytes};
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::{self, JobTrace};
use store::{Dispatched, NewTask, Reported, Standing, Standings, Started, Updated};

/// Name of the flow, as jobs carry it.
pub const FLOW: &str = "dispatch";

const STEP: &str = "dispatch";

/// Nothing of such tasks waits in a queue of ours.
const QUEUE: &str = "dispatch";

type Result<T> = std::result::Result<T, DispatchError>;

/// What is set.
#[derive(Clone, Debug)]
pub struct DispatchOptions {
    pub services: DispatchServices,
    /// Tasks that may be asked for at once.
    pub status_max: usize,
    /// Of the times that callers see; `None`: the machine's.
    pub zone: Option<Tz>,
}

/// Under which a task is created at most once.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    pub key: String,
    /// Of the body that comes with it.
    pub digest: String,
}

/// Other processes may change tasks, too.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Clones share the connections.
#[derive(Clone)]
pub struct Dispatch {
    store: DispatchStore,
    standings: Standings,
    options: DispatchOptions,
    bell: Bell,
}

/// A task as callers see it.
#[derive(Clone, Debug)]
pub struct TaskView {
    pub task_id: TaskId,
    pub status: DispatchStatus,
    pub message: Option<String>,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
}

/// What a worker handed in.
#[derive(Clone, Debug)]
pub struct TaskResult {
    pub view: TaskView,
    pub result: Value,
}

/// A task in a list.
#[derive(Clone, Debug)]
pub struct TaskListed {
    pub view: TaskView,
    pub condition: Value,
    pub created_at: i64,
}

impl Dispatch {
    pub fn new(store: Store, options: DispatchOptions, bell: Bell) -> Self {
        Self {
            standings: Standings::start(&store),
            store: DispatchStore::new(store),
            options,
            bell,
        }
    }

    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    pub fn options(&self) -> &DispatchOptions {
        &self.options
    }

    /// `YYYY-MM-DD HH:MM:SS` in the configured zone.
    pub fn time(&self, micros: i64) -> String {
        match self.options.zone {
            Some(zone) => clock::text_in(micros, &zone),
            None => clock::local_text(micros),
        }
    }

    /// Whether a service has such tasks.
    pub(super) fn check(&self, service: &str, condition: &Value) -> Result<()> {
        fits(service, self.service(service)?, condition)
    }

    fn service(&self, name: &str) -> Result<&DispatchService> {
        let service = self.options.services.get(name);
        service.ok_or_else(|| DispatchError::UnknownService {
            service: name.to_owned(),
        })
    }

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
            Some(task) if is_same => Ok(Some(task)),
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
        new.body_digest = key.map(|key| key.digest.clone());
        let task = NewTask {
            service: service.to_owned(),
            start: of.auto_start,
            deadline_at: match of.auto_start {
                true => of.patience.first_deadline(0),
                false => None,
            },
        };
        let began = SystemTime::now();
        let parent = trace::current().map(|context| context.to_string());
        new.traceparent = parent.clone();
        let submitted = self.store.create(new, task).await?;
        let (Submitted::New(job) | Submitted::Existing(job)) = submitted;
        metrics().jobs_submitted.add(1, &[("flow", FLOW)]);
        JobTrace::of(job.as_str(), parent.as_deref(), 0).report_submitted(FLOW, began);
        self.bell.ring();
        Ok(TaskId {
            service: service.to_owned(),
            job,
        })
    }

    /// Where tasks are, in the order asked; `None` of those that do not exist.
    pub async fn statuses(&self, ids: &[Option<TaskId>]) -> Result<Vec<Option<TaskView>>> {
        let jobs = ids.iter().flatten().map(|id| id.job.clone()).collect();
        let tasks = self.standings.of(jobs).await?;
        let views = ids.iter().map(|id| {
            let id = id.as_ref()?;
            let task = tasks.get(&id.job)?;
            (task.service == id.service).then(|| view(task))
        });
        Ok(views.collect())
    }

    /// Applies what a worker, or a caller for it, says of a task.
    pub async fn report(&self, id: &TaskId, report: Report) -> Result<()> {
        let services = &self.options.services;
        taken(
            apply(&self.store, services, &self.bell, id, report, Via::Http).await?,
            id,
        )
    }

    /// Fails the task whose end this answer would have been, if it cannot be used. Whoever sent it is
    /// told why in any case.
    pub async fn fail_unusable(&self, read: std::result::Result<Answer, Unusable>) {
        let Err(Unusable {
            failure: Some(failure),
            ..
        }) = read
        else {
            return;
        };
        let Answer { task, report } = *failure;
        if let Err(error) = self.report(&task, report).await {
            info!(job.id = %task.job, %error, "an answer that cannot be used was refused");
        }
    }

    /// What the worker of a finished task handed in. One that has not ended is waited for.
    pub async fn result(&self, id: &TaskId, wait: Duration) -> Result<TaskResult> {
        if !wait.is_zero() {
            self.wait_for_end(id, Instant::now() + wait).await?;
        }
        let Dispatched { task, .. } = self.find(id).await?;
        let result = match (task.status, &task.result) {
            (DispatchStatus::Finished, result) => result.as_deref().map(parsed),
            (DispatchStatus::Failed, Some(result)) => Some(parsed(result)),
            (DispatchStatus::Failed, None) => {
                let why = task.message_failed.as_deref().unwrap_or("no reason given");
                let reason = format!("the task has failed: {why}");
                return Err(DispatchError::Refused { reason });
            }
            (status, _) => {
                let status = status.as_str();
                let reason = format!("the task is {status}; it has no result yet");
                return Err(DispatchError::Refused { reason });
            }
        };
        Ok(TaskResult {
            view: view(&Standing::from(&task)),
            result: result.unwrap_or_else(|| json!({})),
        })
    }

    /// How many tasks there are, and a page of them, newest first.
    pub async fn page(
        &self,
        filter: &DispatchFilter,
        offset: u64,
        limit: u64,
    ) -> Result<(u64, Vec<TaskListed>)> {
        if let Some(service) = &filter.service {
            self.service(service)?;
        }
        let (total, tasks) = self.store.page(filter, offset, limit).await?;
        let tasks = tasks.into_iter().map(|task| TaskListed {
            view: view(&task.standing),
            condition: condition(&task.request),
            created_at: task.created_at,
        });
        Ok((total, tasks.collect()))
    }

    /// Starts a task that is ready, or runs an ended one again.
    pub async fn start(&self, id: &TaskId) -> Result<()> {
        let patience = self.options.services.patience(&id.service);
        match self.store.start(&id.job, &id.service, &patience).await? {
            Started::Yes => {
                self.bell.ring();
                Ok(())
            }
            Started::Already(status) => Err(DispatchError::NotNow { status }),
            Started::Unknown => Err(unknown(id)),
        }
    }

    /// Changes what a task asks for, unless a worker may be at it.
    pub async fn update(&self, id: &TaskId, condition: Value) -> Result<()> {
        self.check(&id.service, &condition)?;
        let request = request(&id.service, condition);
        match self.store.update(&id.job, &id.service, &request).await? {
            Updated::Yes => Ok(()),
            Updated::InWork(status) => Err(DispatchError::NotNow { status }),
            Updated::Unknown => Err(unknown(id)),
        }
    }

    /// The id that callers know a job by; `None` if it is not a task for an outside worker.
    pub async fn task_id(&self, job: &JobId) -> Result<Option<TaskId>> {
        let found = self.store.find(job).await?;
        Ok(found.map(|found| id_of(&found.task)))
    }

    /// Returns at once if there is no such task.
    async fn wait_for_end(&self, id: &TaskId, until: Instant) -> Result<()> {
        loop {
            // Registered before the look, so that no end is missed between it and the wait.
            let rung = self.bell.for_waiting();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let found = self.statuses(&[Some(id.clone())]).await?;
            let is_open = found.iter().flatten().any(|view| !view.status.has_ended());
            let now = Instant::now();
            if !is_open || now >= until {
                return Ok(());
            }
            tokio::select! {
                () = rung => {}
                // Another process may have taken the report.
                () = sleep_until(until.min(now + LOOK_EVERY)) => {}
            }
        }
    }

    /// What is shown of the task that a job is; `None`: it is none.
    pub(super) async fn figures(&self, job: &JobId) -> Result<Option<Value>> {
        const HISTORY_MAX: u64 = 1_000;
        let Some(Dispatched { task, .. }) = self.store.find(job).await? else {
            return Ok(None);
        };
        let events = self.store.engine().events();
        let history = events.after(job, 0, HISTORY_MAX).await?;
        Ok(Some(view::figures(&task, &history)))
    }

    async fn find(&self, id: &TaskId) -> Result<Dispatched> {
        let found = self.store.find(&id.job).await?;
        found
            .filter(|found| found.task.service == id.service)
            .ok_or_else(|| unknown(id))
    }
}

fn request(service: &str, condition: Value) -> Value {
    let mut request = json!({ "service": service });
    request["condition"] = condition;
    request
}

fn condition(request: &str) -> Value {
    let mut request = parsed(request);
    request["condition"].take()
}

/// Whether a service takes such a task.
fn fits(name: &str, service: &DispatchService, condition: &Value) -> Result<()> {
    if let Some(most) = service.message_max_bytes {
        let bytes = message_bytes(name, &service.source_name, condition);
        if bytes > most {
            return Err(DispatchError::TooLarge { bytes, most });
        }
    }
    let Some(schema) = &service.condition else {
        return Ok(());
    };
    let Some(error) = schema.iter_errors(condition).next() else {
        return Ok(());
    };
    let place = error.instance_path().to_string().replace('/', ".");
    Err(DispatchError::Condition {
        reason: format!("condition{place}: {error}"),
    })
}

fn id_of(task: &dispatch::Model) -> TaskId {
    TaskId {
        service: task.service.clone(),
        job: task.job_id.clone(),
    }
}

fn view(task: &Standing) -> TaskView {
    TaskView {
        task_id: TaskId {
            service: task.service.clone(),
            job: task.job_id.clone(),
        },
        status: task.status,
        message: task.message.clone(),
        started_at: task.started_at,
        ended_at: task.ended_at,
    }
}

/// What is stored was JSON when it was stored.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// Whether what was said of a task was taken.
fn taken(reported: Reported, id: &TaskId) -> Result<()> {
    match reported {
        Reported::Done | Reported::Same => Ok(()),
        Reported::Refused { reason } => Err(DispatchError::Refused { reason }),
        Reported::Unknown => Err(unknown(id)),
    }
}

fn unknown(id: &TaskId) -> DispatchError {
    DispatchError::UnknownTask {
        task_id: id.to_string(),
    }
}
