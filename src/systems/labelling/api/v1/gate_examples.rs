//! Examples of gates, for the document.

use serde_json::{Value, json};

use super::examples::{UNKNOWN, UNREACHABLE};
use crate::http::document::EXAMPLE_JOB as JOB_ID;

pub(super) fn approve() -> Value {
    decision(
        "approved",
        "the new rules of tea are meant to find more",
        "rejected already",
    )
}

pub(super) fn reject() -> Value {
    decision(
        "rejected",
        "food lost half of its members",
        "approved already",
    )
}

fn decision(what: &str, why: &str, otherwise: &str) -> Value {
    json!({
        "parameters": { "job_id": JOB_ID },
        "request": { "why": { "why": why } },
        "200": { "decided": {
            "breaches": [
                { "key": "drift_max", "label": null, "figure": 0.31, "threshold": 0.25 },
            ],
            "not_judged": ["precision_min.tea: no review"],
            "decided": {
                "by": "anna", "at": "2026-11-22T10:31:07.204Z", "why": why, "what": what,
            },
        } },
        "404": { "unknown": UNKNOWN },
        "409": {
            "not_held": format!("job {JOB_ID} is not held by a gate; it is {otherwise}"),
            "same_person":
                "a job that is held is approved by another person than the one who has started it, `anna` \
                 (setting labelling.gate_two_people)",
        },
        "422": { "no_reason": "why: expected a reason of 1 to 2000 characters" },
        "503": { "failure": UNREACHABLE },
    })
}
