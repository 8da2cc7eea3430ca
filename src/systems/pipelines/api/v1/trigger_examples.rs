//! Examples for the document: triggers.

use serde_json::{Value, json};

const PROJECT: &str = "ad-logs";
const TRIGGER: &str = "nightly";
const NO_TRIGGER: &str = "project ad-logs has no trigger nightli";
const RUN: &str = "019ac1f06b5c7d10a1b2c3d4e5f60718";
pub(super) const FIRE: &str = "019ac1f06b5c7d10a1b2c3d4e5f60720";

pub(crate) fn examples() -> Value {
    let named = || json!({ "project": PROJECT, "trigger": TRIGGER });
    let unknown = || json!({ "project": "there is no project ad-logs", "trigger": NO_TRIGGER });
    json!({
        "list_triggers": {
            "parameters": { "project": PROJECT },
            "200": { "one": { "triggers": [trigger(false)] } },
            "404": { "unknown": "there is no project ad-logs" },
            "503": { "failure": "failed to read triggers" },
        },
        "get_trigger": {
            "parameters": named(),
            "200": { "one": trigger(false) },
            "404": unknown(),
            "503": { "failure": "failed to read triggers" },
        },
        "get_trigger_form": {
            "parameters": { "project": PROJECT, "trigger": "redo" },
            "200": { "one": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "ad-logs/redo", "type": "object",
                "properties": { "date": { "type": "string", "format": "date" } },
                "required": ["date"], "additionalProperties": false,
            } },
            "404": unknown(),
        },
        "fire_trigger": {
            "parameters": named(),
            "request": { "as_it_is": {}, "with_values": { "params": { "date": "2026-11-21" } } },
            "202": { "started": fire() },
            "404": unknown(),
            "422": { "unknown_parameter": "params.dat: unknown parameter; expected date" },
            "503": { "failure": "failed to store a fire" },
        },
        "pause_trigger": {
            "parameters": named(),
            "200": { "paused": trigger(true) },
            "404": unknown(),
            "503": { "failure": "failed to pause a trigger" },
        },
        "resume_trigger": {
            "parameters": named(),
            "200": { "resumed": trigger(false) },
            "404": unknown(),
            "503": { "failure": "failed to pause a trigger" },
        },
    })
}

fn trigger(paused: bool) -> Value {
    let (by, at) = match paused {
        true => (json!("anna"), json!("2026-11-22T09:00:00.000Z")),
        false => (Value::Null, Value::Null),
    };
    let next = match paused {
        true => json!([]),
        false => json!(["2026-11-22T19:30:00.000Z", "2026-11-23T19:30:00.000Z"]),
    };
    json!({
        "trigger": TRIGGER, "kind": "cron", "on": "30 3 * * * Asia/Taipei", "run": ["report"],
        "with": { "date": "{fire-1d}" }, "overlap": "queue", "paused": paused,
        "paused_by": by, "paused_at": at, "next": next, "fires": [fire()],
    })
}

fn fire() -> Value {
    json!({
        "id": FIRE, "key": "2026-11-21T19:30:00Z", "at": "2026-11-21T19:30:00.000Z",
        "stored_at": "2026-11-21T19:30:00.004Z", "state": "started", "run": RUN,
        "run_state": "running", "params": {}, "fired_by": null, "message": null,
    })
}
