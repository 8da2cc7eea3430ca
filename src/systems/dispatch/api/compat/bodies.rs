//! The bodies of requests about tasks for outside workers.

use entity::DispatchStatus;
use poem_openapi::Object;
use serde_json::Value;

use crate::http::body::FromBody;
use crate::http::error::Failure;
use crate::http::fields::Fields;
use crate::systems::dispatch::api::compat::models::{ReportedName, StatusName};
use crate::systems::dispatch::{Report, Reporter, TaskId, status_of};

/// Tasks on a page at most.
const PAGE_MAX: u32 = 1_000;

type Result<T> = std::result::Result<T, Failure>;

/// `{"data": {…}}`
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct CreateTaskBody {
    data: NewTask,
}

/// The task to be created.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct NewTask {
    /// One of those that `service_task` lists.
    service: String,
    /// What the worker gets. A service may be set to accept only what fits a schema.
    condition: Value,
}

pub(crate) struct CreateTask {
    pub service: String,
    pub condition: Value,
}

impl FromBody for CreateTask {
    type Schema = CreateTaskBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let mut data = fields.required_nested("data")?;
        let service = data.required_text("service")?;
        let condition = data.required_object("condition")?;
        data.finish()?;
        fields.finish()?;
        Ok(Self { service, condition })
    }
}

/// `{"data": [{"task_id": …}, …]}`
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct StatusBody {
    /// At most as many as the setting `max_status_task` says.
    data: Vec<TaskName>,
}

/// A task.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct TaskName {
    /// `ts_<service>_<32 hexadecimal digits>`
    task_id: String,
}

/// Ids as they were given.
pub(crate) struct StatusOf(pub Vec<String>);

impl FromBody for StatusOf {
    type Schema = StatusBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let Some(Value::Array(entries)) = fields.any("data") else {
            return Err(fields.invalid("data", "expected a list"));
        };
        fields.finish()?;
        let ids = entries.into_iter().enumerate().map(|(place, entry)| {
            let of_entry = |failure: Failure| Failure {
                detail: format!("data[{place}]: {}", failure.detail),
                ..failure
            };
            if !entry.is_object() {
                return Err(Failure::invalid(format!(
                    "data[{place}]: expected an object"
                )));
            }
            let mut entry = Fields::new(entry).map_err(of_entry)?;
            let id = entry.required_text("task_id").map_err(of_entry)?;
            entry.finish().map_err(of_entry)?;
            Ok(id)
        });
        ids.collect::<Result<_>>().map(Self)
    }
}

/// `{"data": {"task_id": …}}`
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct ResultBody {
    data: TaskName,
}

pub(crate) struct ResultOf(pub String);

impl FromBody for ResultOf {
    type Schema = ResultBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let mut data = fields.required_nested("data")?;
        let task_id = data.required_text("task_id")?;
        data.finish()?;
        fields.finish()?;
        Ok(Self(task_id))
    }
}

/// `{"data": {…}}`
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct ReportBody {
    data: ReportOf,
}

/// What a worker says of its task.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReportOf {
    task_id: String,
    status: ReportedName,
    /// For people.
    message: Option<String>,
    /// What the worker hands in; `result_task` answers it.
    result: Option<Value>,
    /// Which attempt it speaks of, as the message said; an earlier one is refused.
    attempt: Option<i32>,
}

pub(crate) struct WorkerReport {
    pub task_id: String,
    pub status: DispatchStatus,
    message: Option<String>,
    result: Option<Value>,
    attempt: Option<i32>,
}

impl WorkerReport {
    pub fn of(self, id: &TaskId, by: Reporter) -> Report {
        Report {
            job: id.job.clone(),
            status: self.status,
            message: self.message,
            result: self.result.map(|result| result.to_string()),
            attempt: self.attempt,
            by,
        }
    }
}

impl FromBody for WorkerReport {
    type Schema = ReportBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let mut data = fields.required_nested("data")?;
        let task_id = data.required_text("task_id")?;
        let status = data.required_text("status")?;
        let Some(status) = status_of(&status) else {
            let expected = format!("expected running, finished or failed, found `{status}`");
            return Err(data.invalid("status", &expected));
        };
        let report = Self {
            task_id,
            status,
            message: data.text("message")?,
            result: data.object("result")?,
            attempt: data
                .count("attempt", i32::MAX.unsigned_abs())?
                .and_then(|attempt| i32::try_from(attempt).ok()),
        };
        data.finish()?;
        fields.finish()?;
        Ok(report)
    }
}

/// Which tasks to list.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct ListBody {
    /// Tasks on a page, 1 to 1000.
    #[oai(default = "default_p_size")]
    p_size: u32,
    /// From 1.
    #[oai(default = "default_page")]
    page: u32,
    service: Option<String>,
    status: Option<StatusName>,
}

fn default_p_size() -> u32 {
    10
}

fn default_page() -> u32 {
    1
}

pub(crate) struct ListTasks {
    pub p_size: u32,
    pub page: u32,
    pub service: Option<String>,
    pub status: Option<DispatchStatus>,
}

impl FromBody for ListTasks {
    type Schema = ListBody;
    const REQUIRED: bool = false;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let p_size = fields.count_from_one("p_size", PAGE_MAX)?;
        let page = fields.count_from_one("page", u32::MAX)?;
        let service = fields.text("service")?;
        let status = fields.text("status")?;
        let status = match status {
            None => None,
            Some(word) => {
                let mut known = DispatchStatus::ALL.iter();
                let Some(status) = known.find(|status| status.as_str() == word) else {
                    let expected = format!(
                        "expected ready, waiting, running, finished or failed, found `{word}`"
                    );
                    return Err(fields.invalid("status", &expected));
                };
                Some(*status)
            }
        };
        fields.finish()?;
        Ok(Self {
            p_size: p_size.unwrap_or(default_p_size()),
            page: page.unwrap_or(default_page()),
            service,
            status,
        })
    }
}

/// An id, as it was given.
pub(crate) struct OneTask(pub String);

impl FromBody for OneTask {
    type Schema = TaskName;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let task_id = fields.required_text("task_id")?;
        fields.finish()?;
        Ok(Self(task_id))
    }
}

/// Which task, and what it is to ask for.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct UpdateBody {
    task_id: String,
    condition: Value,
}

pub(crate) struct UpdateTask {
    pub task_id: String,
    pub condition: Value,
}

impl FromBody for UpdateTask {
    type Schema = UpdateBody;
    const REQUIRED: bool = true;

    fn from_body(body: Value) -> Result<Self> {
        let mut fields = Fields::new(body)?;
        let task_id = fields.required_text("task_id")?;
        let condition = fields.required_object("condition")?;
        fields.finish()?;
        Ok(Self { task_id, condition })
    }
}

/// An object without members, or no body.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct NothingBody {}

pub(crate) struct Nothing;

impl FromBody for Nothing {
    type Schema = NothingBody;
    const REQUIRED: bool = false;

    fn from_body(body: Value) -> Result<Self> {
        Fields::new(body)?.finish()?;
        Ok(Self)
    }
}

/// Whether a body to `/api/tasks` asks for a list: it holds nothing else.
pub(crate) fn asks_for_list(body: &[u8]) -> bool {
    const MEMBERS: [&str; 4] = ["p_size", "page", "service", "status"];
    if body.trim_ascii().is_empty() {
        return true;
    }
    let body = serde_json::from_slice::<serde_json::Map<String, Value>>(body);
    body.is_ok_and(|members| members.keys().all(|name| MEMBERS.contains(&name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_told_from_a_labelling_request() {
        for list in [
            "",
            " ",
            "{}",
            r#"{"page": 2}"#,
            r#"{"status": "x", "p_size": 1}"#,
        ] {
            assert!(asks_for_list(list.as_bytes()), "{list}");
        }
        for other in [
            r#"{"model_type": "keyword_model"}"#,
            "[]",
            "{",
            r#"{"queue": "a"}"#,
        ] {
            assert!(!asks_for_list(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let told = |failure: Failure| failure.detail;
        let create = |body: Value| CreateTask::from_body(body).err().map(told).unwrap();
        assert_eq!(create(serde_json::json!({})), "data: is missing");
        assert_eq!(
            create(serde_json::json!({ "data": { "service": "a" } })),
            "data.condition: is missing"
        );
        assert_eq!(
            create(serde_json::json!({ "data": { "service": 1, "condition": {} } })),
            "data.service: expected a string, found 1"
        );
        let status = |body: Value| StatusOf::from_body(body).err().map(told).unwrap();
        assert_eq!(
            status(serde_json::json!({ "data": [{ "task_id": "a" }, { "id": "b" }] })),
            "data[1]: task_id: is missing"
        );
        assert_eq!(
            status(serde_json::json!({ "data": ["a"] })),
            "data[0]: expected an object"
        );
    }
}
