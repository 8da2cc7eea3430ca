//! Examples for the document.

use serde_json::{Value, json};

const PROJECT: &str = "ad-logs";
const NO_PROJECT: &str = "there is no project ad-logs";
const VERSION: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const ETAG: &str = "\"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9\"";

pub(crate) fn examples() -> Value {
    json!({
        "list_projects": {
            "parameters": { "If-None-Match": ETAG },
            "200": { "one": { "projects": [
                { "project": PROJECT, "version": VERSION, "tasks": 13, "faults": 0 },
            ] } },
        },
        "get_project": {
            "parameters": { "project": PROJECT, "If-None-Match": ETAG },
            "200": { "one": project() },
            "404": { "unknown": NO_PROJECT },
        },
    })
}

/// A project in which a task of one script needs a file of others.
fn project() -> Value {
    json!({
        "project": PROJECT, "version": VERSION, "timezone": "Asia/Taipei",
        "tasks": [{
            "task": "day_log", "help": "One compressed log of a day", "body": "run",
            "params": [{
                "param": "date", "type": "date", "help": null, "values": null,
                "default": "{now-1d}", "min": "2026-01-01", "max": null, "significant": true,
            }, {
                "param": "kind", "type": "choice", "help": null, "values": ["imp", "click"],
                "default": null, "min": null, "max": null, "significant": true,
            }],
            "requires": ["raw_log"],
            "resources": [{ "resource": "disk", "slots": 1 }],
            "priority": 0, "at_once": null, "retries": 2,
        }],
        "resources": [{ "resource": "disk", "slots": 4 }],
        "triggers": ["nightly"],
        "faults": [{
            "line": 31, "column": 5, "key": "tasks.day_log.requries",
            "problem": "unknown key; did you mean requires?",
        }],
    })
}
