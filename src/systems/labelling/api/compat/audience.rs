//! `/api/tasks`: start a labelling task, watch it, look at its result, stop it.

use entity::{JobId, JobState};
use poem::Request;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi, Tags, Union};
use serde::Deserialize;
use serde_json::{Value, json};

use super::create_task::{CreateTask, with_names};
use super::models::{
    Outcome, RowsOrText, StatusOrOutcome, TaskCreated, TaskList, TaskSample, TaskState, TaskStatus,
};
use super::status::{is_queue_full, malformed, not_created, status, why, word};
use crate::engine::seam::Composed;
use crate::engine::store::{CancelOutcome, JobFilter, audit};
use crate::engine::{Accepted, Flows};
use crate::http::body::{Body, JsonBody, Misfit};
use crate::http::error::{Failure, log_hidden};
use crate::http::shown::Shown;
use crate::http::{Caller, Who};
use crate::systems::labelling::api::samples::SampleRow;
use crate::systems::labelling::{FLOW, Labelling, LabellingError, StateRow};

/// Rows that `task_list` shows.
const TASKS_LISTED: u32 = 5;

/// Rows of each table in a sample.
const ROWS_PER_TABLE: u32 = 50;

#[derive(Tags)]
enum Groups {
    /// Labelling tasks.
    Tasks,
}

/// The operations.
pub(crate) struct TasksApi {
    pub labelling: Labelling,
    pub flows: Flows,
}

#[OpenApi(tag = "Groups::Tasks")]
impl TasksApi {
    /// Start a labelling task
    ///
    /// The task is stored when the answer is sent and survives a crash of the server. Its rules,
    /// its source and its output are checked first.
    #[oai(path = "/api/tasks", method = "post", operation_id = "create_task")]
    async fn create_task(
        &self,
        http: &Request,
        who: Who,
        body: JsonBody<CreateTask>,
    ) -> poem::Result<Shown<TaskCreated>> {
        let request = body.value.into_request().map_err(Failure::from)?;
        let composing = self.labelling.compose(request);
        let composed = Caller::of(http).waits_for(composing).await;
        let composed = match composed.ok_or_else(Failure::caller_left)? {
            Ok(composed) => {
                who.may_start(&composed.job.queue, &composed.job.request)?;
                Ok(composed)
            }
            Err(error) => Err(error),
        };
        let submitted = match composed {
            Ok(composed) => self.submit(composed, &body.digest).await,
            Err(error) => Err(error),
        };
        let (code, message) = match submitted {
            Ok(accepted) => (200, accepted.understood),
            Err(error) if is_queue_full(&error) => return Err(Failure::from(error).into()),
            Err(error) => {
                log_hidden(&error);
                let (code, message) = not_created(&error);
                audit::failed(code);
                (code, Value::String(message))
            }
        };
        Ok(Shown::new(
            json!({ "error_code": code, "error_message": message }),
        ))
    }

    /// List the newest tasks
    ///
    /// The 5 newest rows of the table `state`.
    #[oai(path = "/api/tasks", method = "get", operation_id = "task_list")]
    async fn task_list(&self, who: Who) -> Json<TaskList> {
        Json(match self.newest(&who).await {
            Ok(rows) => TaskList {
                error_code: 200,
                error_message: "OK".to_owned(),
                content: Some(rows.into_iter().map(TaskState::from).collect()),
            },
            Err(error) => {
                log_hidden(&error);
                TaskList {
                    error_code: 500,
                    error_message: "cannot connect to state table".to_owned(),
                    content: None,
                }
            }
        })
    }

    /// Stop a task
    ///
    /// The task stops within a batch and publishes nothing. What it has labelled so far is kept.
    #[oai(path = "/api/tasks/abort", method = "post", operation_id = "abort")]
    async fn abort(&self, who: Who, body: JsonBody<AbortBody>) -> Json<Outcome> {
        let given = body.value.into_id();
        audit::about(&given);
        let outcome = match given.parse::<JobId>() {
            Ok(id) => match self.is_hidden(&who, &id).await {
                Ok(false) => self.stop(&id).await,
                Ok(true) => Outcome::new(404, format!("there is no task {id}")),
                Err(error) => {
                    log_hidden(&error);
                    Outcome::new(500, "cannot connect to state table")
                }
            },
            Err(reason) => Outcome::new(400, malformed(&given, &reason)),
        };
        if outcome.error_code >= 400 {
            audit::failed(outcome.error_code);
        }
        Json(outcome)
    }

    /// Check where a task is
    ///
    /// Its status, and the groups that have rows once it has ended.
    #[oai(
        path = "/api/tasks/:task_id",
        method = "get",
        operation_id = "check_status"
    )]
    async fn check_status(
        &self,
        who: Who,
        /// 32 lower-case hexadecimal digits.
        task_id: Path<String>,
    ) -> Json<StatusOrOutcome> {
        let no_such = |why: String| {
            let message = format!(
                "task id is not exist, plz re-check the task id. Addition error message: {why}"
            );
            StatusOrOutcome::Outcome(Outcome::new(400, message))
        };
        let unreachable_state = |error: &LabellingError| {
            log_hidden(error);
            StatusOrOutcome::Outcome(Outcome::new(500, "cannot connect to state table"))
        };
        let id = match task_id.parse::<JobId>() {
            Ok(id) => id,
            Err(reason) => return Json(no_such(malformed(&task_id, &reason))),
        };
        Json(match self.labelling.view(&id).await {
            Ok(Some(view)) => StatusOrOutcome::Status(TaskStatus {
                error_code: 200,
                error_message: "OK".to_owned(),
                status: status(&view.job, view.state.as_ref()),
                prod_status: view.state.as_ref().and_then(|row| row.prod_stat.clone()),
                result: view.state.and_then(|row| row.result),
            }),
            Ok(None) => match self.adopted(&who, &id).await {
                Ok(Some(state)) => StatusOrOutcome::Status(TaskStatus {
                    error_code: 200,
                    error_message: "OK".to_owned(),
                    status: state.stat,
                    prod_status: state.prod_stat,
                    result: state.result,
                }),
                Ok(None) => no_such(format!("there is no task {id}")),
                Err(error) => unreachable_state(&error),
            },
            Err(error) => unreachable_state(&error),
        })
    }

    /// Look at a sample of what a task published
    ///
    /// A uniform random sample of up to 50 rows of each result table. `match_content` is cut
    /// after 64 KiB.
    #[oai(
        path = "/api/tasks/:task_id/sample",
        method = "get",
        operation_id = "sample_result"
    )]
    async fn sample_result(
        &self,
        who: Who,
        /// 32 lower-case hexadecimal digits.
        task_id: Path<String>,
        /// Only rows of this result table, e.g. `wh_panel_mapping_fbfans`. May be given several
        /// times.
        table_name: Query<Vec<String>>,
    ) -> Json<TaskSample> {
        let (error_code, error_message) = match task_id.parse::<JobId>() {
            Ok(id) => match self.sample(&who, &id, &table_name).await {
                Ok(rows) => (200, RowsOrText::Rows(rows)),
                Err((code, message)) => (code, RowsOrText::Text(message)),
            },
            Err(reason) => (400, RowsOrText::Text(malformed(&task_id, &reason))),
        };
        Json(TaskSample {
            error_code,
            error_message,
        })
    }
}

impl TasksApi {
    /// Stores the job of a request and shows the task in `state`.
    async fn submit(
        &self,
        composed: Composed,
        body_digest: &str,
    ) -> Result<Accepted, LabellingError> {
        Ok(self.flows.store(composed, Some(body_digest)).await?)
    }

    /// Whether a job is one of others, for a caller with limits.
    async fn is_hidden(&self, who: &Who, id: &JobId) -> Result<bool, LabellingError> {
        if !who.scope().is_limited() {
            return Ok(false);
        }
        let job = self.labelling.job(id).await?;
        Ok(job.is_none_or(|job| !who.sees(&job)))
    }

    /// The newest tasks that the caller sees.
    async fn newest(&self, who: &Who) -> Result<Vec<StateRow>, LabellingError> {
        const LOOKED_AT: usize = 50;
        if !who.scope().is_limited() {
            return self.labelling.newest_states(TASKS_LISTED).await;
        }
        let mut filter = JobFilter {
            flow: Some(FLOW.to_owned()),
            ..JobFilter::default()
        };
        let mut rows = Vec::new();
        loop {
            let jobs = who.jobs(self.labelling.store(), filter.clone(), LOOKED_AT);
            let ids = jobs.await?.into_iter().map(|job| job.id);
            let ids: Vec<JobId> = ids.collect();
            let is_last = ids.len() < LOOKED_AT;
            filter.before = ids.last().cloned();
            if !ids.is_empty() {
                // A task has no row before it gets to its output.
                rows.extend(self.labelling.states_of(ids).await?);
            }
            if is_last || rows.len() >= TASKS_LISTED as usize {
                rows.truncate(TASKS_LISTED as usize);
                return Ok(rows);
            }
        }
    }

    async fn stop(&self, id: &JobId) -> Outcome {
        match self.flows.runtime().cancel(id).await {
            Ok(CancelOutcome::Requested | CancelOutcome::AlreadyEnded(JobState::Cancelled)) => {
                let message = format!("successfully send break status to task {id} in state");
                Outcome::new(200, message)
            }
            Ok(CancelOutcome::AlreadyEnded(state)) => {
                let status = word(state);
                Outcome::new(
                    400,
                    format!("task {id} has already ended with status {status}"),
                )
            }
            Ok(CancelOutcome::Unknown) => Outcome::new(404, format!("there is no task {id}")),
            Err(error) => {
                log_hidden(&LabellingError::Store(error));
                Outcome::new(500, "cannot connect to state table")
            }
        }
    }

    /// A task of the original program is of no queue: a caller with limits does not see it.
    async fn adopted(&self, who: &Who, id: &JobId) -> Result<Option<StateRow>, LabellingError> {
        match who.scope().is_limited() {
            true => Ok(None),
            false => self.labelling.adopted(id).await,
        }
    }

    async fn sample(
        &self,
        who: &Who,
        id: &JobId,
        tables: &[String],
    ) -> Result<Vec<SampleRow>, (u16, String)> {
        let labelling = &self.labelling;
        let (published, status) = match labelling.view(id).await.map_err(not_scraped)? {
            Some(view) => (view.published, status(&view.job, view.state.as_ref())),
            None => match self.adopted(who, id).await.map_err(not_scraped)? {
                // All that it has put into its result tables can be read.
                Some(state) => (true, state.stat),
                None => return Err((404, format!("there is no task {id}"))),
            },
        };
        if !published {
            let message = format!("task {id} has not published yet, its status is {status}");
            return Err((404, message));
        }
        let rows = labelling
            .sample(id, tables, ROWS_PER_TABLE)
            .await
            .map_err(not_scraped)?;
        if rows.is_empty() {
            let message = "empty result, probably wrong combination of task_id and table_name, \
                           please check table state or use /api/tasks/<task_id> first";
            return Err((404, message.to_owned()));
        }
        Ok(rows.into_iter().map(SampleRow::from).collect())
    }
}

fn not_scraped(error: LabellingError) -> (u16, String) {
    log_hidden(&error);
    let why = why(&error);
    let message = format!("Cannot scrape data from result tables. Additional error message: {why}");
    (500, message)
}

/// Which task to stop: an object, or the id alone.
#[derive(Union, Deserialize)]
#[serde(from = "AbortTask")]
enum AbortBody {
    Task(AbortTask),
    Id(String),
}

/// Which task to stop.
#[derive(Object, Deserialize)]
struct AbortTask {
    /// 32 lower-case hexadecimal digits; the name may also be written in capitals.
    task_id: String,
}

impl From<AbortTask> for AbortBody {
    fn from(task: AbortTask) -> Self {
        Self::Task(task)
    }
}

impl Body for AbortBody {
    fn normalize(body: Value) -> Result<Value, Misfit> {
        match body {
            Value::String(id) => Ok(json!({ "task_id": id })),
            other => with_names(other, |name| name.to_ascii_lowercase()),
        }
    }
}

impl AbortBody {
    /// The id as it was given.
    fn into_id(self) -> String {
        match self {
            Self::Task(AbortTask { task_id }) | Self::Id(task_id) => task_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::read;

    #[test]
    fn the_task_to_stop_is_given_in_three_ways() {
        for body in [
            json!("ab"),
            json!({ "task_id": "ab" }),
            json!({ "TASK_ID": "ab" }),
        ] {
            let task = read::<AbortBody>(body).ok().unwrap();
            assert_eq!(task.into_id(), "ab");
        }
        for body in [
            json!({}),
            Value::Null,
            json!(5),
            json!({ "task_id": 5 }),
            json!({ "id": "a" }),
        ] {
            assert!(read::<AbortBody>(body).is_err());
        }
    }
}
