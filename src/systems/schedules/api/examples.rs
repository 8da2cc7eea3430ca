//! Examples for the document.

use serde_json::{Value, json};

const NAME: &str = "nightly_posts";
const HOOKED: &str = "pushed_rules";
const UNKNOWN: &str = "there is no schedule nightly_posts";
const CHANGED: &str = "schedule nightly_posts was changed meanwhile";
const OF_SETTINGS: &str =
    "schedule nightly_posts stands in the server's settings and is changed there";
const FAILURE: &str = "failed to look for fires of triggers";

pub(super) fn hooks() -> Value {
    json!({
        "receive_schedule_hook": {
            "parameters": { "name": HOOKED },
            "request": { "push": {
                "ref": "refs/heads/main", "before": "95790bf891e76fee5e1747ab589903a6a1f80f22",
                "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
                "commits": [{ "added": [], "modified": ["README.md"], "removed": [] }],
            } },
            "200": { "ignored": { "ignored": "the trigger does not count branch main" },
                "again": { "run": "019ac1f06b5c7d10a1b2c3d4e5f60719" } },
            "202": { "started": { "run": "019ac1f06b5c7d10a1b2c3d4e5f60719" },
                "waits": { "fire": "019ac1f06b5c7d10a1b2c3d4e5f60718" } },
            "401": { "unsigned": "the header x-hub-signature-256 is missing" },
            "404": { "unknown": "there is no such hook" },
            "422": { "other_commit": "this delivery was received before, with another commit" },
            "503": { "failure": "failed to store a fire" },
        },
    })
}

pub(super) fn examples() -> Value {
    json!({
        "list_schedules": {
            "200": { "one": { "schedules": [schedule()] } },
            "503": { "failure": FAILURE },
        },
        "get_schedule": {
            "parameters": { "name": NAME },
            "200": { "one": schedule() },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": FAILURE },
        },
        "put_schedule": {
            "parameters": { "name": NAME },
            "request": { "nightly": definition() },
            "200": { "replaced": schedule() },
            "201": { "new": schedule() },
            "409": { "of_settings": OF_SETTINGS },
            "412": { "changed": CHANGED },
            "422": { "faulty": "cron: in `0 25 * * *`: the hour `25`; expected 0 to 23" },
            "503": { "failure": "failed to store a schedule" },
        },
        "remove_schedule": {
            "parameters": { "name": NAME },
            "404": { "unknown": UNKNOWN },
            "409": { "of_settings": OF_SETTINGS },
            "412": { "changed": CHANGED },
            "503": { "failure": "failed to remove a schedule" },
        },
        "fire_schedule": {
            "parameters": { "name": NAME, "Idempotency-Key": "2026-11-29 by hand" },
            "request": { "now": {}, "with": { "params": { "day": "2026-11-28" } } },
            "202": { "started": fire() },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": "failed to store fires of triggers" },
        },
        "pause_schedule": {
            "parameters": { "name": NAME },
            "200": { "paused": schedule() },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": "failed to pause a trigger" },
        },
        "resume_schedule": {
            "parameters": { "name": NAME },
            "200": { "resumed": schedule() },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": "failed to pause a trigger" },
        },
    })
}

fn definition() -> Value {
    json!({
        "cron": "0 3 * * *", "timezone": "Asia/Taipei", "catchup": "last",
        "start": { "labelling": {
            "rule_set": "interests", "start_time": "{last}",
            "end_time": "{fire-1d:%Y-%m-%d} 23:59:59",
        } },
    })
}

fn schedule() -> Value {
    json!({
        "name": NAME, "definition": definition(), "of_settings": false,
        "since": "2026-11-27T08:15:00.000Z", "paused": false, "paused_by": null, "paused_at": null,
        "next": ["2026-11-29T19:00:00.000Z", "2026-11-30T19:00:00.000Z"],
        "fires": [fire()],
    })
}

fn fire() -> Value {
    json!({
        "id": "019ac1f06b5c7d10a1b2c3d4e5f60718", "key": "2026-11-28T19:00:00.000Z",
        "at": "2026-11-28T19:00:00.000Z", "stored_at": "2026-11-28T19:00:00.004Z",
        "state": "started", "job_id": "019ac1f06b5c7d10a1b2c3d4e5f60719", "outcome": null,
        "fired_by": null, "message": null,
    })
}
