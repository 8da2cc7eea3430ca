//! Examples of briefs for the OpenAPI document.

use serde_json::{Value, json};

use super::flow::{FLOW, QUEUE};
use crate::engine::seam::FlowExamples;

const JOB_ID: &str = "3f0c8a1e5d5b4c0e9a3d1f1f6f6f1c2d";

pub(super) fn examples() -> FlowExamples {
    let request = json!({
        "job_name": "防晒", "platforms": ["bili", "douyin"], "keywords": ["防晒霜", "面膜 敏感肌|油皮 -广告"],
        "start_time": "2026-11-01 00:00:00", "end_time": "2026-11-27 23:59:59", "max_pages": 20,
        "deadline_s": 300, "match": "text",
    });
    FlowExamples {
        bodies: json!({
            "a keyword on all platforms": { "brief": { "keywords": ["防晒霜"] } },
            "everything that can be said": { "brief": request },
        }),
        refused: json!({
            "no keyword": "keywords: expected a list of at least one keyword",
            "a platform that is unknown":
                "platforms[0]: unknown platform `billi`; expected one of bili, douyin",
        }),
        unavailable: "The engine's database cannot be reached at the moment.",
        queued: example_job(&request, "queued", 0),
        running: example_job(&request, "running", 34),
    }
}

/// A job as `/v1/jobs/{job_id}` shows it.
fn example_job(request: &Value, state: &str, pages: u64) -> Value {
    let runs = pages > 0;
    let when_it_runs = |value: Value| if runs { value } else { Value::Null };
    let refused =
        |reason: String| json!({ "allowed": false, "reason": reason, "required_role": null });
    let needs = |what: &str| {
        refused(format!(
            "job {JOB_ID} is in state {state}; this needs {what} job"
        ))
    };
    let remove =
        format!("job {JOB_ID} is {state}; only an ended job can be removed: cancel it first");
    let step = |name: &str, is_first: bool| {
        json!({
            "name": name, "kind": name, "state": if runs && is_first { "running" } else { "pending" },
            "batches_done": 0, "batches_total": if runs && is_first { 2 } else { 0 }, "rows": 0,
            "rows_per_s": 0.0, "fraction": if runs && is_first { json!(0.34) } else { Value::Null },
            "notes": [], "error": null,
        })
    };
    json!({
        "id": JOB_ID, "flow": FLOW, "queue": QUEUE, "state": state,
        "created_at": "2026-11-30T01:00:00.000Z",
        "started_at": when_it_runs(json!("2026-11-30T01:00:00.040Z")),
        "ended_at": null, "waiting": null, "error": null, "cancel_requested": false,
        "trace_id": JOB_ID, "started_by": "anna", "usual_s": 12.5, "request": request,
        "steps": [step("collect", true), step("export", false)], "rows": 0, "rows_per_s": 0.0,
        "eta_s": when_it_runs(json!(6)), "attempts": [], "last_error": null,
        "figures": when_it_runs(json!({
            "stage": 1, "outcome": null, "articles": 512, "accounts": null, "coverage": 1.0,
            "pages": 100, "pages_done": pages, "pages_failed": 0, "collected_at": null,
            "deadline_at": "2026-11-30T01:05:00.040Z", "message": null,
        })),
        "can": {
            "cancel": { "allowed": true, "reason": null, "required_role": null },
            "resume": needs("a failed or cancelled"), "rerun": needs("an ended"),
            "remove": refused(remove),
        },
    })
}
