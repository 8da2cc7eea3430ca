//! Examples of every operation on tasks for outside workers, for the document.

use serde_json::{Value, json};

const TASK_ID: &str = "ts_search_user_019ab3c4d5e67f8091a2b3c4d5e6f708";

pub(crate) fn examples() -> Value {
    let condition = json!({ "keyword": "coffee" });
    let accepted = json!({ "result": "ok", "task_id": TASK_ID });
    let task = json!({ "task_id": TASK_ID });
    let no_task = format!("there is no task {TASK_ID}");
    let exception = |message: &str| json!({ "result": "exception", "message": message });
    let too_large = "the message of the task would take 1048577 bytes, at most 1048576 are allowed \
        (mq_conf.message_max_bytes)";
    let status = json!({
        "task_id": TASK_ID, "status": "running", "message": "page 3 of 40",
        "start_time": "2026-11-25 10:00:03", "end_time": null, "progress": 0.075,
        "status_message": { "running": "page 3 of 40", "finished": null, "failed": null },
    });
    let invalid = json!({
        "task_id": "ts_search_user_0", "status": "Invalid", "message": null,
        "start_time": null, "end_time": null, "progress": null,
        "status_message": { "running": null, "finished": null, "failed": null },
    });
    let listed = json!({
        "task_id": TASK_ID, "service": "search_user", "status": "running",
        "condition": condition, "create_time": "2026-11-25 10:00:00",
    });
    json!({
        "dispatch_create_task": {
            "request": { "task": { "data": { "service": "search_user", "condition": condition } } },
            "200": { "created": accepted },
            "400": { "unknown_service": "service not support" },
            "404": { "not_seen": "there is no service search_user" },
            "413": {
                "failure": exception("the body is longer than 4194304 bytes"),
                "message": exception(too_large),
            },
            "422": { "does_not_fit": "data.service: is missing" },
            "503": { "database_away": "failed to begin a transaction" },
        },
        "status_task": {
            "request": { "two": { "data": [task, { "task_id": "ts_search_user_0" }] } },
            "200": { "two": { "result": "ok", "status": [status, invalid] } },
            "422": { "too_many": "data: 11 entries, at most 10 are allowed" },
        },
        "update_status_task": {
            "request": {
                "running": { "data": { "task_id": TASK_ID, "status": "running" } },
                "finished": { "data": {
                    "task_id": TASK_ID, "status": "finished", "result": { "users": 12 },
                } },
            },
            "200": { "done": {
                "result": "ok", "status": { "task_id": TASK_ID, "status": "finished" },
            } },
            "404": { "unknown": no_task },
            "409": { "backwards": "a task that is finished cannot become running" },
            "422": { "does_not_fit":
                "data.status: expected running, finished or failed, found `done`" },
        },
        "result_task": {
            "request": { "task": { "data": task } },
            "200": { "finished": {
                "result": "ok", "data": { "users": 12 }, "start_time": "2026-11-25 10:00:03",
                "end_time": "2026-11-25 10:04:09", "spend_time": "246",
            } },
            "404": { "unknown": no_task },
            "409": { "not_yet": "the task is running; it has no result yet" },
            "422": { "does_not_fit": "data: is missing" },
        },
        "tasks": {
            "request": {
                "all": {},
                "some": { "p_size": 10, "page": 1, "service": "search_user", "status": "running" },
            },
            "200": { "page": { "result": "ok", "total": 100, "count": 1, "data": [listed] } },
            "400": { "unknown_service": "service not support" },
            "404": { "not_seen": "there is no service search_user" },
            "422": { "does_not_fit": "p_size: expected at least 1, found 0" },
        },
        "start_task": {
            "request": { "task": task },
            "200": { "started": accepted },
            "404": { "unknown": no_task },
            "409": { "in_work": "the task is running, which does not allow it" },
            "422": { "does_not_fit": "task_id: is missing" },
        },
        "update_task": {
            "request": { "task": { "task_id": TASK_ID, "condition": condition } },
            "200": { "changed": accepted },
            "400": { "unknown_service": "service not support" },
            "404": { "unknown": no_task },
            "409": { "in_work": "the task is waiting, which does not allow it" },
            "422": { "does_not_fit": "condition: is missing" },
        },
        "service_task": {
            "request": { "nothing": {} },
            "200": { "two": { "result": "ok", "count": 2, "data": ["search_user", "aaa"] } },
            "422": { "does_not_fit": "name: unknown field; known are " },
        },
    })
}
