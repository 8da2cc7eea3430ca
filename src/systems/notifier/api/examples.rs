//! Examples for the document.

use serde_json::{Value, json};

use crate::http::document::EXAMPLE_JOB;

const ID: &str = "019ac1f06b5c7d10a1b2c3d4e5f60718";
const JOB: &str = "019ac1f06b5c7d10a1b2c3d4e5f60719";
const NO: i64 = 1_796_000_000_000_000;
const FAILURE: &str = "failed to read notifications";
const UNKNOWN_RULE: &str = "there is no rule on_call";
const OF_SETTINGS: &str = "rule on_call stands in the server's settings and is changed there";

pub(super) fn bell() -> Value {
    let following = json!({ "job_id": JOB, "started": false, "following": true });
    let no_job = format!("there is no job {JOB}");
    json!({
        "list_notifications": {
            "200": { "one": { "notifications": [notification(false)], "unread": 1, "next": null } },
            "503": { "failure": FAILURE },
        },
        "read_notification": {
            "parameters": { "id": ID },
            "200": { "read": notification(true) },
            "404": { "unknown": format!("there is no notification {ID}") },
            "503": { "failure": "failed to mark notifications as read" },
        },
        "read_all_notifications": {
            "200": { "read": { "unread": 0 } },
            "503": { "failure": "failed to mark notifications as read" },
        },
        "watch_notifications": {
            "events": {
                "event": { "type": "string", "description": "The kind, such as `job.failed`." },
                "data": { "$ref": "#/components/schemas/NotificationView" },
            },
            "200": { "one": format!(
                "id: {NO}\nevent: job.failed\ndata: {}\n\n", notification(false)
            ) },
            "503": { "failure": FAILURE },
        },
        "get_follow": {
            "parameters": { "job_id": EXAMPLE_JOB },
            "200": { "following": following },
            "404": { "unknown": no_job },
            "503": { "failure": "failed to look for followers of jobs" },
        },
        "follow_job": {
            "parameters": { "job_id": EXAMPLE_JOB },
            "200": { "following": following },
            "404": { "unknown": no_job },
            "503": { "failure": "failed to follow a job" },
        },
        "unfollow_job": {
            "parameters": { "job_id": EXAMPLE_JOB },
            "503": { "failure": "failed to follow a job no more" },
        },
    })
}

pub(super) fn rules() -> Value {
    json!({
        "list_notification_rules": {
            "200": { "one": {
                "rules": [rule(true)], "receivers": ["hook:slack"],
                "events": ["job.succeeded", "job.failed"],
            } },
            "503": { "failure": "failed to look for rules of notifications" },
        },
        "put_notification_rule": {
            "parameters": { "name": "on_call" },
            "request": { "failures": definition() },
            "200": { "replaced": rule(false) },
            "201": { "new": rule(false) },
            "409": { "of_settings": OF_SETTINGS },
            "422": { "faulty": "to[0]: there is no hook `slack`; there are none in the settings" },
            "503": { "failure": "failed to store a rule of notifications" },
        },
        "remove_notification_rule": {
            "parameters": { "name": "on_call" },
            "404": { "unknown": UNKNOWN_RULE },
            "409": { "of_settings": OF_SETTINGS },
            "503": { "failure": "failed to remove a rule of notifications" },
        },
        "test_notification_rule": {
            "parameters": { "name": "on_call" },
            "200": { "told": { "receivers": [
                { "receiver": "hook:slack", "delivered": true, "said": "200 ok" },
            ] } },
            "404": { "unknown": UNKNOWN_RULE },
            "503": { "failure": "failed to look for rules of notifications" },
        },
        "list_notification_deliveries": {
            "200": { "one": { "deliveries": [delivery("dead")], "next": null } },
            "503": { "failure": "failed to list deliveries" },
        },
        "replay_notification_delivery": {
            "parameters": { "id": ID },
            "202": { "again": delivery("waiting") },
            "404": { "unknown": format!("there is no delivery {ID}") },
            "409": { "sent": format!("delivery {ID} is sent, expected one that is dead") },
            "503": { "failure": "failed to replay a delivery" },
        },
    })
}

fn notification(read: bool) -> Value {
    json!({
        "id": ID, "no": NO, "kind": "job.failed", "at": "2026-11-29T03:00:04.000Z",
        "flow": "labelling", "name": "interests", "about": JOB, "state": "failed",
        "error": "step label: batch 3 failed: integer overflow in column s_id",
        "figures": { "took_s": 4 }, "log": ["the batch is given up after 5 attempts"],
        "started_by": "anna", "link": format!("https://box.example/jobs/{JOB}"), "read": read,
    })
}

fn definition() -> Value {
    json!({
        "when": ["job.failed"], "where": { "flow": "labelling", "name": "daily*" },
        "to": ["hook:slack"], "throttle_s": 600, "digest_over": 5, "quiet": "22:00-07:00",
        "time_zone": "Asia/Taipei", "language": "zh-TW",
    })
}

fn rule(of_settings: bool) -> Value {
    json!({ "name": "on_call", "definition": definition(), "of_settings": of_settings })
}

fn delivery(state: &str) -> Value {
    let is_dead = state == "dead";
    json!({
        "id": ID, "rule": "on_call", "receiver": "hook:slack", "state": state, "count": 3,
        "created_at": "2026-11-28T03:00:04.000Z",
        "due_at": (!is_dead).then_some("2026-11-29T08:00:00.000Z"),
        "tries": if is_dead { 33 } else { 0 }, "error": "the receiver answered 500",
        "ended_at": is_dead.then_some("2026-11-29T03:10:04.000Z"),
        "kind": "job.failed", "about": JOB,
    })
}
