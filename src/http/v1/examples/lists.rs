//! Examples of what is done with lists of jobs.

use serde_json::{Value, json};

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
