//! `/api/create_task` and its siblings: tasks for outside workers, in the form that callers and
//! workers know.

use std::time::Duration;

use poem_openapi::param::Header;
use poem_openapi::{OpenApi, Tags};
use serde_json::{Value, json};

use crate::engine::store::audit;
use crate::http::Who;
use crate::http::body::{AnyBody, JsonBody, WordFilter};
use crate::http::error::Failure;
use crate::http::shown::Shown;
use crate::systems::dispatch::api::compat::bodies::{
    CreateTaskBody, ListBody, NewTask, NothingBody, ReportBody, ResultBody, ResultOf, StatusBody,
    TaskName, UpdateBody,
};
use crate::systems::dispatch::api::compat::models::{
    ServiceList, TaskAccepted, TaskCreated, TaskList, TaskReported, TaskResult, TaskStatuses,
};
use crate::systems::dispatch::api::scope::{sees, sees_service};
use crate::systems::dispatch::{
    Acknowledged, Dispatch, DispatchFilter, IdempotencyKey, QUEUE, Reporter, StatusMessages,
    TaskId, TaskView, failure_of, read_answer_in,
};

#[derive(Tags)]
enum Groups {
    /// Tasks for outside workers.
    Tasks,
}

/// The operations.
pub(crate) struct DispatchApi(pub Dispatch);

/// Where `/api/tasks` leads to once it is clear that a list of tasks is asked for.
pub(crate) const LIST_PATH: &str = "/api/dispatch_tasks";

#[OpenApi(tag = "Groups::Tasks")]
impl DispatchApi {
    /// Create a task
    ///
    /// The task and its message are stored when the answer is sent, whether or not the broker is
    /// there. It starts at once, unless its service is set to `auto_start: false`.
    #[oai(
        path = "/api/create_task",
        method = "post",
        operation_id = "dispatch_create_task"
    )]
    async fn create_task(
        &self,
        who: Who,
        /// Up to 255 characters. The same key with the same body answers with the task that was
        /// created before; with another body it is refused.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        body: JsonBody<CreateTaskBody>,
    ) -> poem::Result<Shown<TaskCreated>> {
        let JsonBody { value, digest } = body;
        let NewTask { service, condition } = value.data;
        who.may_start(QUEUE, &json!({ "service": service }))?;
        let key = key.0.map(|key| IdempotencyKey {
            key: who.scope().stored_key(key),
            digest,
        });
        let task_id = self.0.create(&service, condition, key).await;
        let task_id = task_id.map_err(Failure::from)?.to_string();
        Ok(ok(json!({ "task_id": task_id })))
    }

    /// Look where tasks are
    ///
    /// In the order asked. A task that does not exist has the status `Invalid`.
    #[oai(
        path = "/api/status_task",
        method = "post",
        operation_id = "status_task"
    )]
    async fn status_task(
        &self,
        who: Who,
        body: JsonBody<StatusBody>,
    ) -> poem::Result<Shown<TaskStatuses>> {
        let asked: Vec<String> = body
            .value
            .data
            .into_iter()
            .map(|task| task.task_id)
            .collect();
        let most = self.0.options().status_max;
        if asked.len() > most {
            let detail = format!("data: {} entries, at most {most} are allowed", asked.len());
            return Err(Failure::invalid(detail).into());
        }
        let mut ids: Vec<Option<TaskId>> = asked.iter().map(|id| id.parse().ok()).collect();
        if who.scope().is_limited() {
            for id in &mut ids {
                if let Some(known) = id
                    && !sees(&self.0, &who, known).await?
                {
                    *id = None;
                }
            }
        }
        let views = self.0.statuses(&ids).await;
        let views = views.map_err(Failure::from)?;
        let status: Vec<Value> = asked
            .iter()
            .zip(views)
            .map(|(id, view)| self.status(id, view.as_ref()))
            .collect();
        Ok(ok(json!({ "status": status })))
    }

    /// Report on a task
    ///
    /// For workers. The same status again is fine and changes nothing; a task never goes back. One whose
    /// `finished` or `failed` does not fit (422) has failed, with that reason.
    #[oai(
        path = "/api/update_status_task",
        method = "post",
        operation_id = "update_status_task"
    )]
    async fn update_status_task(
        &self,
        who: Who,
        body: AnyBody<ReportBody>,
    ) -> poem::Result<Shown<TaskReported>> {
        let given = match body {
            AnyBody::Fits(body) => body.value.data,
            AnyBody::Misfit { bytes, failure } => {
                if let Some(read) = read_answer_in(&bytes, "data")
                    && let Some(answer) = failure_of(read)
                    && sees(&self.0, &who, &answer.task).await?
                {
                    self.0.fail_unusable(answer).await;
                }
                return Err(failure.into());
            }
        };
        let id = self.known(&who, &given.task_id).await?;
        audit::about(&id.service);
        let report = given.into_report(&id, Reporter::Anybody);
        let status = report.status;
        let reported = self.0.report(&id, report).await;
        let Acknowledged { is_cancelled } = reported.map_err(Failure::from)?;
        let status = json!({ "task_id": id.to_string(), "status": status.as_str() });
        let mut answer = json!({ "status": status });
        if is_cancelled {
            answer["cancelled"] = true.into();
        }
        Ok(ok(answer))
    }

    /// Fetch the result of a task
    ///
    /// With `wait_s` the answer comes when the task has ended, or after that many seconds.
    #[oai(
        path = "/api/result_task",
        method = "post",
        operation_id = "result_task"
    )]
    async fn result_task(
        &self,
        who: Who,
        body: JsonBody<ResultBody>,
    ) -> poem::Result<Shown<TaskResult>> {
        let ResultOf { task_id, wait_s } = body.value.data;
        let wait = Duration::from_secs(u64::from(wait_s));
        let found = self
            .0
            .result(&self.known(&who, &task_id).await?, wait)
            .await;
        let found = found.map_err(Failure::from)?;
        let view = &found.view;
        let spent = view.started_at.zip(view.ended_at);
        let spent = spent.map_or(0, |(started, ended)| (ended - started).max(0) / 1_000_000);
        Ok(ok(json!({
            "data": found.result,
            "start_time": self.time(view.started_at),
            "end_time": self.time(view.ended_at),
            "spend_time": spent.to_string(),
        })))
    }

    /// List tasks
    ///
    /// Newest first. The path is `/api/tasks`, without a slash at its end.
    #[oai(path = "/api/dispatch_tasks", method = "post", operation_id = "tasks")]
    async fn tasks(&self, who: Who, body: JsonBody<ListBody>) -> poem::Result<Shown<TaskList>> {
        let ListBody {
            p_size,
            page,
            service,
            status,
        } = body.value;
        let status = status.and_then(|WordFilter(status)| status);
        let scope = who.scope();
        let is_hidden = |service: &&String| !sees_service(&who, service);
        if let Some(service) = service.as_ref().filter(is_hidden) {
            return Err(Failure::not_found(format!("there is no service {service}")).into());
        }
        let filter = DispatchFilter {
            service,
            status,
            services: scope.services().map(<[String]>::to_vec),
            queues: scope.queues().map(<[String]>::to_vec),
        };
        let offset = u64::from(page - 1) * u64::from(p_size);
        let listed = self.0.page(&filter, offset, u64::from(p_size));
        let (total, tasks) = listed.await.map_err(Failure::from)?;
        let data: Vec<Value> = tasks
            .into_iter()
            .map(|task| {
                json!({
                    "task_id": task.view.task_id.to_string(),
                    "service": task.view.task_id.service,
                    "status": task.view.status.as_str(),
                    "condition": task.condition,
                    "create_time": self.0.time(task.created_at),
                })
            })
            .collect();
        Ok(ok(
            json!({ "total": total, "count": data.len(), "data": data }),
        ))
    }

    /// Start a task
    ///
    /// One that is ready, or again one that is finished or failed.
    #[oai(path = "/api/start_task", method = "post", operation_id = "start_task")]
    async fn start_task(
        &self,
        who: Who,
        body: JsonBody<TaskName>,
    ) -> poem::Result<Shown<TaskAccepted>> {
        let TaskName { task_id } = body.value;
        audit::about(&task_id);
        let id = self.known(&who, &task_id).await?;
        self.0.start(&id).await.map_err(Failure::from)?;
        Ok(ok(json!({ "task_id": task_id })))
    }

    /// Change what a task asks for
    ///
    /// Of one that is ready, finished or failed.
    #[oai(
        path = "/api/update_task",
        method = "post",
        operation_id = "update_task"
    )]
    async fn update_task(
        &self,
        who: Who,
        body: JsonBody<UpdateBody>,
    ) -> poem::Result<Shown<TaskAccepted>> {
        let UpdateBody { task_id, condition } = body.value;
        audit::about(&task_id);
        let updated = self
            .0
            .update(&self.known(&who, &task_id).await?, condition)
            .await;
        updated.map_err(Failure::from)?;
        Ok(ok(json!({ "task_id": task_id })))
    }

    /// List the services
    ///
    /// Those of the settings, in their order.
    #[oai(
        path = "/api/service_task",
        method = "post",
        operation_id = "service_task"
    )]
    async fn service_task(&self, who: Who, body: JsonBody<NothingBody>) -> Shown<ServiceList> {
        let NothingBody {} = body.value;
        let names = self.0.options().services.names().iter();
        let names: Vec<&String> = names.filter(|name| sees_service(&who, name)).collect();
        ok(json!({ "count": names.len(), "data": names }))
    }
}

impl DispatchApi {
    /// An invalid id, and that of a task of others, is answered like one of a task that does not exist.
    async fn known(&self, who: &Who, task_id: &str) -> Result<TaskId, Failure> {
        let unknown = || Failure::not_found(format!("there is no task {task_id}"));
        let id: TaskId = task_id.parse().map_err(|_| unknown())?;
        match sees(&self.0, who, &id).await? {
            true => Ok(id),
            false => Err(unknown()),
        }
    }

    fn time(&self, micros: Option<i64>) -> Option<String> {
        micros.map(|micros| self.0.time(micros))
    }

    fn status(&self, asked: &str, view: Option<&TaskView>) -> Value {
        let message = |of_status: fn(&StatusMessages) -> Option<&str>| {
            view.and_then(|view| of_status(&view.messages))
        };
        json!({
            "task_id": asked,
            "status": view.map_or("Invalid", |view| view.status.as_str()),
            "message": view.and_then(|view| view.message.as_deref()),
            "start_time": self.time(view.and_then(|view| view.started_at)),
            "end_time": self.time(view.and_then(|view| view.ended_at)),
            "progress": view.and_then(|view| view.progress),
            "status_message": {
                "running": message(|messages| messages.running.as_deref()),
                "finished": message(|messages| messages.finished.as_deref()),
                "failed": message(|messages| messages.failed.as_deref()),
            },
        })
    }
}

/// An answer with `result` first.
fn ok<S>(rest: Value) -> Shown<S> {
    let mut answer = json!({ "result": "ok" });
    if let (Value::Object(answer), Value::Object(rest)) = (&mut answer, rest) {
        answer.extend(rest);
    }
    Shown::new(answer)
}
