//! The bodies of requests about tasks for outside workers.

use poem_openapi::Object;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::http::body::{
    Body, Word, WordFilter, object, optional_object, optional_share, whole_number,
};
use crate::strict_json;
use crate::systems::dispatch::api::words::{ReportedStatuses, Statuses, attempt};
use crate::systems::dispatch::{Progress, Report, Reporter, TaskId};

/// `{"data": {…}}`
#[derive(Object, Deserialize)]
pub(crate) struct CreateTaskBody {
    pub data: NewTask,
}

/// The task to be created.
#[derive(Object, Deserialize)]
pub(crate) struct NewTask {
    /// One of those that `service_task` lists.
    pub service: String,
    /// What the worker gets. A service may be set to accept only what fits a schema.
    #[serde(deserialize_with = "object")]
    pub condition: Value,
}

impl Body for CreateTaskBody {}

/// `{"data": [{"task_id": …}, …]}`
#[derive(Object, Deserialize)]
pub(crate) struct StatusBody {
    /// At most as many as the setting `max_status_task` says.
    pub data: Vec<TaskName>,
}

impl Body for StatusBody {}

/// A task.
#[derive(Object, Deserialize)]
pub(crate) struct TaskName {
    /// `ts_<service>_<32 hexadecimal digits>`
    pub task_id: String,
}

impl Body for TaskName {}

/// `{"data": {"task_id": …}}`
#[derive(Object, Deserialize)]
pub(crate) struct ResultBody {
    pub data: ResultOf,
}

/// A task, and how long to wait for its end.
#[derive(Object, Deserialize)]
pub(crate) struct ResultOf {
    pub task_id: String,
    /// Seconds to wait for the end of the task, 0 to 60.
    #[oai(default, validator(minimum(value = "0"), maximum(value = "60")))]
    #[serde(default, deserialize_with = "whole_number::<0, 60, _>")]
    pub wait_s: u32,
}

impl Body for ResultBody {}

/// `{"data": {…}}`
#[derive(Object, Deserialize)]
pub(crate) struct ReportBody {
    pub data: ReportOf,
}

/// What a worker says of its task.
#[derive(Object, Deserialize)]
pub(crate) struct ReportOf {
    pub task_id: String,
    pub status: Word<ReportedStatuses>,
    /// For people.
    message: Option<String>,
    /// What the worker hands in; `result_task` answers it.
    #[serde(default, deserialize_with = "optional_object")]
    result: Option<Value>,
    /// How much is done, from 0 to 1.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    #[serde(default, deserialize_with = "optional_share")]
    progress: Option<f64>,
    /// Which attempt it speaks of, as the message said; another one is refused.
    #[oai(validator(minimum(value = "0")))]
    #[serde(default, deserialize_with = "attempt")]
    attempt: Option<i32>,
}

impl Body for ReportBody {}

impl ReportOf {
    pub fn into_report(self, id: &TaskId, by: Reporter) -> Report {
        Report {
            job: id.job.clone(),
            status: self.status.0,
            message: self.message,
            result: self.result.map(|result| result.to_string()),
            progress: self.progress.and_then(Progress::of),
            attempt: self.attempt,
            by,
        }
    }
}

/// Which tasks to list.
#[derive(Object, Deserialize)]
pub(crate) struct ListBody {
    /// Tasks on a page, 1 to 1000.
    #[oai(
        default = "usual_page_size",
        validator(minimum(value = "1"), maximum(value = "1000"))
    )]
    #[serde(
        default = "usual_page_size",
        deserialize_with = "whole_number::<1, 1_000, _>"
    )]
    pub p_size: u32,
    /// From 1.
    #[oai(default = "first_page", validator(minimum(value = "1")))]
    #[serde(
        default = "first_page",
        deserialize_with = "whole_number::<1, { u32::MAX }, _>"
    )]
    pub page: u32,
    /// An empty one is the same as none.
    #[serde(default, deserialize_with = "text_filter")]
    pub service: Option<String>,
    /// An empty one is the same as none.
    pub status: Option<WordFilter<Statuses>>,
}

impl Body for ListBody {
    const REQUIRED: bool = false;
}

fn text_filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn usual_page_size() -> u32 {
    10
}

fn first_page() -> u32 {
    1
}

/// Which task, and what it is to ask for.
#[derive(Object, Deserialize)]
pub(crate) struct UpdateBody {
    pub task_id: String,
    #[serde(deserialize_with = "object")]
    pub condition: Value,
}

impl Body for UpdateBody {}

/// An object without members, or no body.
#[derive(Object, Deserialize)]
pub(crate) struct NothingBody {}

impl Body for NothingBody {
    const REQUIRED: bool = false;
}

/// Whether a body to `/api/tasks` asks for a list: it is empty, or has a member that only such a
/// body has.
pub(crate) fn asks_for_list(body: &[u8]) -> bool {
    const MEMBERS: [&str; 4] = ["p_size", "page", "service", "status"];
    let body = strict_json::without_mark(body);
    if body.trim_ascii().is_empty() {
        return true;
    }
    let body = serde_json::from_slice::<Map<String, Value>>(body);
    body.is_ok_and(|members| {
        let mut names = members.keys();
        members.is_empty() || names.any(|name| MEMBERS.contains(&name.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::read;
    use serde_json::json;

    fn fault<T: Body>(body: Value) -> String {
        read::<T>(body).err().unwrap().to_string()
    }

    #[test]
    fn a_list_is_distinguished_from_a_labelling_request() {
        for list in [
            "",
            " ",
            "{}",
            "\u{feff}{}",
            "\u{feff}{\"p_size\": 2}",
            r#"{"page": 2}"#,
            r#"{"status": "x", "p_size": 1}"#,
            r#"{"p_size": 1, "pages": 2}"#,
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
    fn what_does_not_fit_is_named_with_its_place() {
        for (body, expected) in [
            (json!({}), "data: is missing"),
            (
                json!({ "data": { "service": "a" } }),
                "data.condition: is missing",
            ),
            (
                json!({ "data": { "service": 1, "condition": {} } }),
                "data.service: expected a string, found 1",
            ),
            (
                json!({ "data": { "service": "a", "condition": "b" } }),
                "data.condition: expected an object, found a string",
            ),
        ] {
            assert_eq!(fault::<CreateTaskBody>(body), expected);
        }
        for (body, expected) in [
            (
                json!({ "data": [{ "task_id": "a" }, { "id": "b" }] }),
                "data[1].task_id: is missing",
            ),
            (
                json!({ "data": ["a"] }),
                "data[0]: expected an object, found a string",
            ),
            (json!({ "data": "a" }), "data: expected a list"),
        ] {
            assert_eq!(fault::<StatusBody>(body), expected);
        }
        let report = |member: &str, value: Value| {
            let mut data = json!({ "task_id": "a", "status": "running" });
            data[member] = value;
            fault::<ReportBody>(json!({ "data": data }))
        };
        assert_eq!(
            report("status", json!("waiting")),
            "data.status: expected running, finished or failed, found `waiting`"
        );
        assert_eq!(
            report("attempt", json!(-1)),
            "data.attempt: expected a whole number from 0 to 2147483647, found -1"
        );
    }

    #[test]
    fn what_is_left_out_or_null_is_as_documented() {
        for body in [
            json!({}),
            json!({ "p_size": null, "status": null }),
            json!({ "service": "", "status": "" }),
        ] {
            let list = read::<ListBody>(body).ok().unwrap();
            assert_eq!((list.p_size, list.page), (10, 1));
            let status = list.status.and_then(|WordFilter(status)| status);
            assert!(status.is_none() && list.service.is_none());
        }
    }
}
