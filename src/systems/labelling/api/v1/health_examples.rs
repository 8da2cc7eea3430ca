//! Examples of the health of jobs, for the document.

use serde_json::{Value, json};

use super::examples::{UNKNOWN, UNREACHABLE};
use crate::http::document::EXAMPLE_JOB as JOB_ID;

pub(super) fn health() -> Value {
    json!({
        "parameters": { "job_id": JOB_ID, "format": "json" },
        "200": {
            "application/json": report(),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "PK…",
        },
        "404": { "unknown": UNKNOWN },
        "409": { "nothing_counted": nothing_counted() },
        "422": { "bad_format": "format: expected json or xlsx, found `xml`" },
        "503": { "failure": UNREACHABLE },
    })
}

pub(super) fn rules() -> Value {
    json!({
        "parameters": {
            "job_id": JOB_ID, "order": "most_first", "label": "female", "only": "dominant", "limit": 50,
            "after": "0-1f", "format": "json",
        },
        "200": {
            "application/json": { "rules": [{
                "rule": "d16c8056366e", "label": "food", "text": "拉麵", "hits": 411, "first": 402,
                "unique": 388, "dead": false, "dominant": true,
            }], "next": null },
            "text/csv":
                "rule,label,text,hits,first,unique,dead,dominant\nd16c8056366e,food,拉麵,411,402,388,false,true\n",
        },
        "404": { "unknown": UNKNOWN },
        "409": { "nothing_counted": nothing_counted() },
        "422": {
            "unknown_label": "label: the job has no label `foods`; known are: food, tea",
            "bad_place": "after: expected the `next` value of an earlier page",
        },
        "503": { "failure": UNREACHABLE },
    })
}

fn nothing_counted() -> String {
    format!(
        "nothing is known of what the rules of job {JOB_ID} did: it has labelled no rows yet, ended before it \
         published, or ran in an earlier version; it is queued"
    )
}

fn report() -> Value {
    json!({
        "received": 2000, "dropped": 12, "covered": 640, "coverage": 0.32, "overlap": 0.006,
        "conflict": 0.024311,
        "labels": {
            "food": { "matched": 411, "given": 411, "excepted": 9, "members": 302 },
            "tea": { "matched": 241, "given": 229, "excepted": 0, "members": 180 },
        },
        "pairs": { "food+tea": 12 },
        "groups": { "fbfans": { "received": 1200, "covered": 500, "drift": 0.0112 } },
        "drift": 0.013402, "against": { "job": JOB_ID, "version": 7 }, "entered": 41, "left": 12,
        "dead": 3,
        "dominant": [{ "rule": "d16c8056366e", "label": "food", "first": 233 }],
        "rules": format!("/v1/jobs/{JOB_ID}/health/rules"),
    })
}
