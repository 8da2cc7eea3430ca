//! Examples of backtests for the document.

use serde_json::{Value, json};

use super::FLOW;
use crate::engine::seam::FlowExamples;
use crate::http::document::EXAMPLE_JOB as JOB_ID;

pub(super) fn examples() -> FlowExamples {
    let range = json!({
        "source": "sample", "table": "ts_page_content",
        "start_time": "2020-01-01", "end_time": "2020-02-01",
    });
    let of = |members: Value| {
        let mut body = range.clone();
        if let (Some(body), Value::Object(members)) = (body.as_object_mut(), members) {
            body.extend(members);
        }
        json!({ FLOW: body })
    };
    let base = json!({ "document": { "in": ["content"], "labels": { "food": ["美食", "好吃"] } } });
    let candidate = json!({ "document": {
        "in": ["content"],
        "labels": { "food": ["美食", "好吃 AND NOT 不好吃"], "travel": ["旅遊"] },
    } });
    FlowExamples {
        bodies: json!({
            "drafts": of(json!({ "base": base, "candidate": candidate })),
            "a_sample": of(json!({
                "base": base, "candidate": candidate, "sample": { "rows": 1000, "seed": 1 },
            })),
        }),
        refused: json!({
            "unknown_set": "base: there is no rule set `interest`",
            "empty_range": "start_time must be earlier than end_time",
        }),
        unavailable: "Table `ts_page_content` cannot be read at the moment.",
        queued: example_job("queued", 0),
        running: example_job("running", 40_000),
    }
}

/// A job as `/v1/jobs/{job_id}` shows it.
fn example_job(state: &str, rows: u64) -> Value {
    let runs = rows > 0;
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
    let step = |name: &str, kind: &str, rows: u64| {
        let runs = rows > 0;
        json!({
            "name": name, "kind": kind, "state": if runs { "running" } else { "pending" },
            "batches_done": 0, "batches_total": if runs { 2 } else { 0 }, "rows": rows,
            "rows_per_s": if runs { 50_000.0 } else { 0.0 },
            "fraction": if runs { json!(0.4) } else { Value::Null }, "notes": [], "error": null,
        })
    };
    json!({
        "id": JOB_ID, "flow": FLOW, "queue": "queue1", "state": state,
        "created_at": "2026-12-01T01:00:00.000Z",
        "started_at": when_it_runs(json!("2026-12-01T01:00:00.040Z")),
        "ended_at": null, "waiting": null, "error": null, "cancel_requested": false,
        "trace_id": JOB_ID, "started_by": "anna", "usual_s": 12.5,
        "request": {
            "base": { "rule_set": "interests", "version": 7 },
            "candidate": { "rule_set": "interests", "version": 8 },
            "source": "sample", "table": "ts_page_content",
            "start_time": "2020-01-01 00:00:00", "end_time": "2020-02-01 00:00:00",
            "sample": null,
        },
        "steps": [step("compare", "backtest", rows), step("settle", "backtest_settle", 0)],
        "rows": rows, "rows_per_s": if runs { 50_000.0 } else { 0.0 },
        "eta_s": when_it_runs(json!(2)), "attempts": [], "last_error": null, "figures": null,
        "can": {
            "cancel": { "allowed": true, "reason": null, "required_role": null },
            "resume": needs("a failed or cancelled"), "rerun": needs("an ended"),
            "remove": refused(remove),
        },
    })
}
