//! Examples for the document.

use serde_json::{Value, json};

const TASK_ID: &str = "ts_search_user_019ab3c4d5e67f8091a2b3c4d5e6f708";
const SERVICE: &str = "search_user";
const LEASE: &str = "5d8c1c6be0a74f0f9f0c3f6a7d1b2e34";
const NO_TASK: &str =
    "service search_user has no task ts_search_user_019ab3c4d5e67f8091a2b3c4d5e6f708";

pub(crate) fn examples() -> Value {
    json!({
        "create_dispatch_task": {
            "parameters": { "service": SERVICE },
            "request": { "task": { "condition": { "keyword": "coffee" } } },
            "202": { "stored": {
                "task_id": TASK_ID, "job_id": "019ab3c4d5e67f8091a2b3c4d5e6f708",
            } },
            "400": { "unknown_service": "service not support" },
            "404": { "not_seen": "there is no service search_user" },
            "422": { "does_not_fit": "missing field `condition`" },
            "503": { "failure": "failed to begin a transaction" },
        },
        "lease_tasks": {
            "parameters": { "service": SERVICE },
            "request": { "one": { "max": 1, "wait_s": 30, "lease_s": 60 } },
            "200": { "one": { "tasks": [leased()] }, "none": { "tasks": [] } },
            "400": { "unknown_service": "service not support" },
            "404": { "not_seen": "there is no service search_user" },
            "422": { "does_not_fit": "max: expected at least 1, found 0" },
            "503": { "failure": "failed to lease a task" },
        },
        "renew_lease": {
            "parameters": { "service": SERVICE },
            "request": { "task": {
                "task_id": TASK_ID, "lease": LEASE, "lease_s": 60, "progress": 0.25,
                "message": "page 10 of 40",
            } },
            "200": { "renewed": { "task_id": TASK_ID, "status": "running" } },
            "404": { "unknown": NO_TASK },
            "409": { "ended": "its lease has ended; the task is waiting" },
            "422": { "does_not_fit": "lease: is missing" },
        },
        "complete_task": {
            "parameters": { "service": SERVICE },
            "request": {
                "finished": {
                    "task_id": TASK_ID, "lease": LEASE, "status": "finished",
                    "result": { "users": 12 },
                },
                "failed": {
                    "task_id": TASK_ID, "lease": LEASE, "status": "failed",
                    "message": "the site does not answer",
                },
            },
            "200": { "done": { "task_id": TASK_ID, "status": "finished" } },
            "404": { "unknown": NO_TASK },
            "409": { "ended": "its lease has ended; the task is waiting" },
            "422": { "does_not_fit": "status: expected finished or failed, found `done`" },
        },
        "list_dead_letters": {
            "parameters": {
                "kind": "reply", "service": SERVICE, "replayed": false, "after": 1_000_000,
                "limit": 50,
            },
            "200": { "page": { "dead_letters": [dead_letter()], "next": null } },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": "failed to list dead letters" },
        },
        "list_services": {
            "200": { "one": {
                "services": [{
                    "service": "search_user", "topic": "mq_search_user",
                    "reply_topic": "mq_search_user_reply", "waiting": 3, "running": 1,
                    "waiting_since": "2026-11-25T09:58:12.000Z",
                    "running_since": "2026-11-25T10:00:40.000Z",
                    "last_hour": {
                        "created": 128, "finished": 121, "failed": 3,
                        "heard_at": "2026-11-25T10:00:58.000Z",
                    },
                    "troubles": ["the broker does not have the topic mq_search_user \
                                  (source_db.search_user.topic_name)"],
                }],
                "troubles": [],
            } },
            "503": { "failure": "failed to count the tasks that have not ended" },
        },
        "list_tasks": {
            "parameters": { "service": SERVICE, "status": "running", "limit": 50 },
            "200": { "page": { "tasks": [task()], "next": null } },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": "failed to list tasks" },
        },
        "replay_dead_letters": {
            "request": {
                "answers_of_a_service": { "kind": "reply", "service": "search_user", "limit": 200 },
            },
            "200": { "done": {
                "replayed": 12, "refused": 1,
                "reasons": [{ "seq": 7, "reason":
                    "status: expected running, finished or failed, found `done`" }],
                "next": null,
            } },
            "422": { "bad_limit": "limit: expected at least 1, found 0" },
            "503": { "failure": "failed to list dead letters" },
        },
        "replay_dead_letter": {
            "parameters": { "seq": 7 },
            "200": { "done": { "seq": 7, "status": "replayed" } },
            "404": { "unknown": "there is no dead letter 7" },
            "409": { "still_bad": "status: expected running, finished or failed, found `done`" },
        },
    })
}

fn leased() -> Value {
    json!({
        "task_id": TASK_ID, "attempt": 1, "lease": LEASE,
        "leased_until": "2026-11-25T10:01:00.000Z",
        "message": { "Task": {
            "task_id": TASK_ID, "service": "search_user", "source_name": "mongo",
            "condition": { "keyword": "coffee" },
        }, "attempt": 1 },
    })
}

fn task() -> Value {
    json!({
        "task_id": TASK_ID, "job_id": "019ab3c4d5e67f8091a2b3c4d5e6f708", "service": SERVICE,
        "status": "running", "attempt": 1, "created_at": "2026-11-25T10:00:00.000Z",
        "started_at": "2026-11-25T10:00:01.000Z", "ended_at": null, "progress": 0.25,
        "message": "page 10 of 40", "worker": "HTTP lease 5f0c7a12…",
        "heard_at": "2026-11-25T10:02:40.000Z", "deadline": "2026-11-25T10:03:40.000Z",
    })
}

fn dead_letter() -> Value {
    json!({
        "seq": 7, "kind": "reply", "at": "2026-11-25T10:01:00.000Z", "service": "search_user",
        "task_id": null, "topic": "mq_search_user_reply",
        "payload": format!("{{\"task_id\":\"{TASK_ID}\",\"status\":\"done\"}}"),
        "reason": "status: expected running, finished or failed, found `done`",
        "replayed_at": null,
    })
}
