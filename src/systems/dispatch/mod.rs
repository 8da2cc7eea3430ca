//! System 2: long-running tasks for outside workers. The flow has one step, `dispatch`, and no
//! process runs its jobs; in other flows the same kind of step parks until its task has ended.
//!
//! [`Dispatch`] creates tasks, shows where they are and applies what callers and workers report;
//! sending, reading answers and deadlines are the [`services`].

pub mod api;
mod check_connections;
mod create;
mod error;
mod flow;
mod group_member;
mod letters;
mod orphans;
mod pages;
mod pull;
mod readiness;
mod report;
mod result;
pub mod services;
pub mod settings;
mod store;
mod system;
mod task;
mod waiting;

use std::time::Duration;

use chrono_tz::Tz;
use entity::{DispatchStatus, JobId, dispatch};
use serde_json::{Value, json};

pub use crate::systems::dispatch::services::{
    Bell, BrokerState, DispatchService, DispatchServices, NoTaskId, TaskId, Trouble, read_answer,
    read_answer_in, status_of,
};
pub use create::IdempotencyKey;
pub use error::DispatchError;
pub use letters::{AllReplayed, Replayed};
pub use pull::{Beat, LeaseRequest, Leased};
pub use report::{Acknowledged, failure_of};
pub use result::TaskResult;
pub use store::{
    DispatchFilter, DispatchStore, LetterFilter, LettersToReplay, OpenTasks, Patience, Progress,
    RecentTasks, Report, Reporter, TaskRow, created_at,
};
pub use system::{DEAD_LETTERS, DispatchSystem, JOB_TABLES};
pub use task::DispatchKind;

use crate::clock;
use crate::engine::store::Store;
use crate::systems::dispatch::services::message_bytes;
use store::{Dispatched, Standing, Standings, Started, Updated};

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
    /// `None`: there is none.
    pub broker: Option<BrokerState>,
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
    /// The last one of each status.
    pub messages: StatusMessages,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// How much of it is done, from 0 to 1.
    pub progress: Option<f64>,
    is_cancelled: bool,
}

/// The last messages of a task.
#[derive(Clone, Debug)]
pub struct StatusMessages {
    pub running: Option<String>,
    pub finished: Option<String>,
    pub failed: Option<String>,
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

    /// The queue of the job to which a task belongs; `None`: there is no such task.
    pub async fn queue_of(&self, id: &TaskId) -> Result<Option<String>> {
        let found = self.store.find(&id.job).await?;
        let found = found.filter(|found| found.task.service == id.service);
        Ok(found.map(|found| found.job.queue))
    }

    /// What is wrong with the broker.
    pub fn broker_troubles(&self) -> Vec<Trouble> {
        let broker = self.options.broker.as_ref();
        broker.map(BrokerState::troubles).unwrap_or_default()
    }

    /// How many tasks of jobs in these queues, or in all, have not ended, by service and status.
    pub async fn open_tasks(&self, queues: Option<&[String]>) -> Result<Vec<OpenTasks>> {
        Ok(self.store.open_tasks(queues).await?)
    }

    /// What has become of the tasks that were created at this moment or later, of jobs in these queues
    /// or in all.
    pub async fn recent_tasks(
        &self,
        since: i64,
        queues: Option<&[String]>,
    ) -> Result<Vec<RecentTasks>> {
        Ok(self.store.recent_tasks(since, queues).await?)
    }

    /// Tasks older than this one, newest first.
    pub async fn tasks(
        &self,
        filter: &DispatchFilter,
        before: Option<&JobId>,
        limit: u64,
    ) -> Result<Vec<TaskRow>> {
        Ok(self.store.tasks(filter, before, limit).await?)
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

    /// What is shown of the task that a job is; `None`: it is none.
    pub(super) async fn figures(&self, job: &JobId) -> Result<Option<Value>> {
        const HISTORY_MAX: u64 = 1_000;
        let Some(Dispatched { task, .. }) = self.store.find(job).await? else {
            return Ok(None);
        };
        let events = self.store.engine().events();
        let history = events.after(job, 0, HISTORY_MAX).await?;
        Ok(Some(api::v1::figures::figures(
            &id_of(&task),
            &task,
            &history,
        )))
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
        messages: StatusMessages {
            running: task.message_running.clone(),
            finished: task.message_finished.clone(),
            failed: task.message_failed.clone(),
        },
        started_at: task.started_at,
        ended_at: task.ended_at,
        progress: task.progress_ppm.map(Progress::share),
        is_cancelled: task.cancelled_at.is_some(),
    }
}

/// What is stored was JSON when it was stored.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

fn unknown(id: &TaskId) -> DispatchError {
    DispatchError::UnknownTask {
        task_id: id.to_string(),
    }
}
