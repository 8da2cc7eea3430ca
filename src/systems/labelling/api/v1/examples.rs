//! Examples for the document: of the calls below `/v1`, and of the flow.

use serde_json::{Value, json};

use super::{
    changes_examples, gate_examples, health_examples, review_examples, rule_set_examples,
    rules_examples,
};

use crate::engine::seam::FlowExamples;
use crate::http::document::EXAMPLE_JOB as JOB_ID;

pub(super) const UNREACHABLE: &str = "failed to read a job";
pub(super) const UNKNOWN: &str = "there is no job 019ab3c4d5e67f8091a2b3c4d5e6f708";

pub(crate) fn examples() -> Value {
    let mut examples = json!({
        "get_sample": {
            "parameters": {
                "job_id": JOB_ID, "limit": 50, "table": ["wh_panel_mapping_fbfans"],
            },
            "200": { "rows": { "rows": [row()] } },
            "404": { "unknown": UNKNOWN },
            "409": { "not_published": not_published() },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": UNREACHABLE },
        },
        "list_rows": {
            "parameters": {
                "job_id": JOB_ID, "group": ["fbfans"], "panel": ["female"], "q": "小", "rule": "哥哥",
                "limit": 50, "after": "0.0",
            },
            "200": { "page": {
                "rows": [line()], "next": "0.50",
                "groups": [{ "group": "fbfans", "rows": 467 }, { "group": "other", "rows": null }],
                "panels": ["/男性", "/女性"],
            } },
            "404": { "unknown": UNKNOWN },
            "409": { "not_published": not_published() },
            "422": { "unknown_panel":
                "the task has no panel `males`; known are: /男性, /女性" },
            "503": { "failure": UNREACHABLE },
        },
        "list_changes": changes_examples::changes(),
        "get_job_health": health_examples::health(),
        "approve_job": gate_examples::approve(),
        "reject_job": gate_examples::reject(),
        "make_review": review_examples::make(),
        "list_reviews": review_examples::list(),
        "get_review": review_examples::get(),
        "list_review_items": review_examples::items(),
        "judge_review_item": review_examples::judge(),
        "get_gold": review_examples::gold(),
        "preview_rules": rules_examples::preview(),
        "explain_rules": rules_examples::explain(),
        "list_job_rules": health_examples::rules(),
        "get_result": {
            "parameters": {
                "job_id": JOB_ID, "format": "csv", "bom": true, "group": ["fbfans"],
                "panel": ["female"],
            },
            "200": {
                "text/csv": csv(), "application/x-ndjson": format!("{}\n", line()),
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "PK…",
            },
            "404": { "unknown": UNKNOWN },
            "409": { "not_published": not_published() },
            "422": {
                "bad_format": "format: expected csv, jsonl or xlsx, found `xml`",
                "unknown_group": "the task has no group `fbfan`; known are: fbfans, Ptt, other",
            },
            "503": { "failure": UNREACHABLE },
        },
        "list_sources": {
            "200": { "sources": {
                "sources": [{ "name": "sample", "tables": ["ts_page_content"] }],
            } },
        },
        "list_rule_sets": { "200": { "rule_sets": {
            "rule_sets": ["interests", "noodles"],
            "versioned": [{ "name": "noodles", "of_settings": false, "active": 1, "newest": 1 }],
        } } },
    });
    for (operation, of_operation) in rule_set_examples::all() {
        examples[operation] = of_operation;
    }
    examples
}

pub(crate) fn flow() -> FlowExamples {
    FlowExamples {
        bodies: json!({
            "keywords": {
                "labelling": {
                    "source": "sample", "table": "ts_page_content",
                    "start_time": "2020-01-01", "end_time": "2021-01-01",
                    "rules": {
                        "female": [["美玲", "partially"], ["淑芬", "partially"]],
                        "male": [["志明", "partially"], ["家豪", "partially"]],
                    },
                },
                "queue": "queue1",
            },
            "named_rule_set": {
                "labelling": {
                    "rule_set": "interests", "predict_type": "content",
                    "start_time": "2020-01-01 00:00:00", "end_time": "2020-02-01 00:00:00",
                    "row_labels": "all", "author_conflict": "keep_all", "countdown_s": 0,
                },
            },
            "mixed_model": {
                "labelling": {
                    "source": "sample", "table": "ts_page_content",
                    "start_time": "2020-01-01", "end_time": "2021-01-01",
                    "model_type": "mixed_model",
                    "rules": {
                        "name": "prices", "in": ["title", "content"],
                        "labels": {
                            "asks_price": {
                                "rules": ["多少錢 OR 怎麼賣", { "pattern": "價格.{0,5}[?？]" }],
                                "except": ["已售出"],
                            },
                        },
                    },
                },
            },
            "model": {
                "labelling": {
                    "model_type": "text_model", "model": "sentiment@champion", "min_score": 0.6,
                    "predict_type": "content", "start_time": "2020-01-01", "end_time": "2020-02-01",
                },
            },
        }),
        refused: json!({
            "unknown_model": "there is no model sentimant; known: sentiment",
            "unknown_field": "labelling.colour: unknown field; known are source, table, output, \
                model_type, predict_type, start_time, end_time, rules, rule_set, model, min_score, \
                row_labels, author_conflict, countdown_s",
            "empty_range": "start_time must be earlier than end_time",
        }),
        unavailable: "Table `ts_page_content` cannot be read at the moment.",
        queued: queued(),
        running: job(),
    }
}

fn not_published() -> String {
    format!("job {JOB_ID} has not published anything yet; it is running")
}

fn summary() -> Value {
    json!({
        "id": JOB_ID, "flow": "labelling", "queue": "queue1", "state": "running",
        "created_at": "2026-11-22T10:00:00.000Z", "started_at": "2026-11-22T10:00:00.040Z",
        "ended_at": null, "waiting": null, "error": null, "cancel_requested": false, "trace_id": JOB_ID,
        "started_by": "anna", "usual_s": 74.5,
        "request": {
            "model_type": "keyword_model", "predict_type": "author_name",
            "start_time": "2020-01-01 00:00:00", "end_time": "2021-01-01 00:00:00",
            "target_schema": "sample", "target_table": "ts_page_content",
            "output_schema": "audience_result", "countdown": 0, "queue": "queue1",
            "rule_set": "pattern", "rule_set_version": "1", "labels": ["男性", "女性"],
            "row_labels": "first", "exclusive": true, "author_conflict": "majority_drop_ties",
            "rules": 2, "date_range": "2020-01-01 00:00:00 - 2021-01-01 00:00:00",
            "task_id": JOB_ID,
        },
    })
}

fn queued() -> Value {
    let mut job = summary();
    job["state"] = json!("queued");
    job["started_at"] = Value::Null;
    let steps = [step("label", 0, 0, 0, None), step("publish", 0, 0, 0, None)];
    with(
        job,
        json!({
            "steps": steps, "rows": 0, "rows_per_s": 0.0, "eta_s": null, "attempts": [],
            "last_error": null, "figures": null, "can": can(),
        }),
    )
}

fn job() -> Value {
    let steps = [
        step("label", 3, 8, 950000, Some(0.4)),
        step("publish", 0, 0, 0, None),
    ];
    with(
        summary(),
        json!({
            "steps": steps, "rows": 950000, "rows_per_s": 210000.0, "eta_s": 7,
            "attempts": [{
                "step": "label", "batch": 3, "no": 1, "outcome": "running",
                "started_at": "2026-11-22T10:00:03.120Z", "ended_at": null, "error": null,
            }],
            "last_error": null,
            "can": can(),
            "figures": {
                "stat": "STARTED", "prod_stat": null, "published": false,
                "check_point": "2020-05-17 08:15:00", "rows_received": 948000,
                "rows_labelled": 40211, "unmapped": 12, "skipped": 0, "undated": 0, "left_out": 0,
                "without_id": 0, "left_out_named": [],
                "groups": [{
                    "group": "fbfans", "rows_published": 0, "unique_authors": 4000,
                    "rate_of_label": 0.0,
                }],
                "peak_memory_mb": 61.5, "run_time_minutes": 0.08, "rows_per_s": 197500.0,
                "stages": [
                    { "stage": "read", "seconds": 4.1, "share": 60.3 },
                    { "stage": "match", "seconds": 1.2, "share": 17.6 },
                    { "stage": "write", "seconds": 1.5, "share": 22.1 },
                    { "stage": "publish", "seconds": 0.0, "share": 0.0 },
                ],
            },
        }),
    )
}

/// Of one that has not ended, for an operator.
fn can() -> Value {
    let state = |needed: &str| {
        let reason = format!("job {JOB_ID} is in state running; this needs {needed} job");
        json!({ "allowed": false, "reason": reason, "required_role": null })
    };
    json!({
        "cancel": { "allowed": true, "reason": null, "required_role": null },
        "resume": state("a failed or cancelled"),
        "rerun": state("an ended"),
        "remove": { "allowed": false, "required_role": null, "reason": format!(
            "job {JOB_ID} is running; only an ended job can be removed: cancel it first"
        ) },
    })
}

fn step(name: &str, done: u32, total: u32, rows: u64, fraction: Option<f64>) -> Value {
    let state = if total > 0 { "running" } else { "pending" };
    let rows_per_s = if rows > 0 { 210000.0 } else { 0.0 };
    json!({
        "name": name, "kind": name, "state": state, "batches_done": done,
        "batches_total": total, "rows": rows, "rows_per_s": rows_per_s, "fraction": fraction,
        "notes": [], "error": null,
    })
}

fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}

fn row() -> Value {
    json!({
        "id": "1", "task_id": JOB_ID, "source_author": "WH_F0045_小明哥哥", "panel": "/男性",
        "create_time": "2020-05-17 08:15:00", "field_content": "WH_F0045",
        "match_content": "小明哥哥",
        "match_meta": "{\"rule\":\"哥哥\",\"match_type\":\"end\",\"span\":[6,12]}",
    })
}

/// A row with its group.
fn line() -> Value {
    let mut line = row();
    line["group"] = json!("fbfans");
    line
}

fn csv() -> String {
    format!(
        "id,task_id,source_author,panel,create_time,field_content,match_content,match_meta,group\n\
         1,{JOB_ID},WH_F0045_小明哥哥,/男性,2020-05-17 08:15:00,WH_F0045,小明哥哥,{{}},fbfans\n"
    )
}
