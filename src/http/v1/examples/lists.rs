//! Examples of what is done with lists of jobs.

use serde_json::{Value, json};

use super::{JOB_ID, UNREACHABLE};

pub(super) fn check_bulk_action() -> Value {
    json!({
        "request": bulk_bodies(),
        "200": { "some": {
            "action": "cancel", "matched": 12, "would_do": 11, "refused": [{
                "reason": "the job is being cancelled already", "jobs": 1, "example": JOB_ID,
            }],
        } },
        "422": { "no_action": "action: expected cancel or rerun" },
        "503": { "failure": UNREACHABLE },
    })
}

/// `stored`: a job.
pub(super) fn start_bulk_action(stored: &Value) -> Value {
    json!({
        "request": bulk_bodies(),
        "202": { "stored": stored },
        "404": { "unknown_queue": "there is no queue bulk" },
        "422": { "both": "body: expected either jobs or filter" },
        "503": { "failure": UNREACHABLE },
    })
}

fn bulk_bodies() -> Value {
    json!({
        "jobs": { "action": "cancel", "jobs": [JOB_ID] },
        "filter": { "action": "cancel", "filter": { "queue": "none", "state": "failed" } },
    })
}

pub(super) fn list_views() -> Value {
    json!({
        "200": { "views": { "views": [view()] } },
        "503": { "failure": "failed to read saved views" },
    })
}

pub(super) fn put_view() -> Value {
    json!({
        "parameters": { "name": "failed" },
        "request": { "failed": { "query": "state=failed&started_by=anna" } },
        "200": { "saved": view() },
        "409": { "full": "50 views are kept at most: remove one first" },
        "422": { "no_filter": "query: `after`: unknown filter; expected one of state, flow, queue, \
            started_by, q, from, to" },
        "503": { "failure": "failed to save a view" },
    })
}

pub(super) fn remove_view() -> Value {
    json!({
        "parameters": { "name": "failed" },
        "404": { "unknown": "there is no view failed" },
        "503": { "failure": "failed to remove a saved view" },
    })
}

fn view() -> Value {
    json!({
        "name": "failed", "query": "state=failed&started_by=anna",
        "saved_at": "2026-11-29T09:00:00.000Z",
    })
}
