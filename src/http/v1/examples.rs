//! Examples of every operation, for the document.

use serde_json::{Value, json};

const JOB_ID: &str = "019ab3c4d5e67f8091a2b3c4d5e6f708";
const UNREACHABLE: &str = "failed to read a job";
const UNKNOWN: &str = "there is no job 019ab3c4d5e67f8091a2b3c4d5e6f708";

const TASK_ID: &str = "ts_search_user_019ab3c4d5e67f8091a2b3c4d5e6f708";
const LEASE: &str = "5d8c1c6be0a74f0f9f0c3f6a7d1b2e34";
const NO_TASK: &str =
    "service search_user has no task ts_search_user_019ab3c4d5e67f8091a2b3c4d5e6f708";

pub(super) fn examples() -> Value {
    json!({
        "submit_job": submit_job(),
        "list_jobs": {
            "200": { "page": { "jobs": [summary()], "next": JOB_ID } },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": UNREACHABLE },
        },
        "get_job": {
            "200": { "running": job() },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": UNREACHABLE },
        },
        "get_runtime": { "200": { "labelling": runtime() } },
        "cancel_job": action("succeeded", "a queued or running"),
        "resume_job": action("running", "a failed or cancelled"),
        "rerun_job": action("running", "an ended"),
        "retry_job": action("running", "an ended"),
        "watch_job": {
            "200": { "events": events() },
            "404": { "unknown": UNKNOWN },
            "422": { "bad_id":
                "after: expected a whole number" },
            "503": { "failure": UNREACHABLE },
        },
        "get_job_logs": {
            "200": {
                "application/json": { "lines": [log_line()], "next": 42, "more": false },
                "text/event-stream": format!("id: 42\nevent: info\ndata: {}\n\n", log_line()),
            },
            "404": { "unknown": UNKNOWN },
            "422": { "bad_limit": "limit: expected at most 1000" },
            "503": { "failure": UNREACHABLE },
        },
        "list_artifacts": {
            "200": { "artifacts": { "artifacts": [artifact()] } },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": UNREACHABLE },
        },
        "get_artifact": {
            "200": { "application/octet-stream": "the bytes of the file" },
            "404": { "unknown":
                "job 019ab3c4d5e67f8091a2b3c4d5e6f708 has no artifact `report.zip`" },
            "503": { "failure": "failed to reach the files of a job" },
        },
        "get_sample": {
            "200": { "rows": { "rows": [row()] } },
            "404": { "unknown": UNKNOWN },
            "409": { "not_published": not_published() },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": UNREACHABLE },
        },
        "get_result": {
            "200": { "text/csv": csv(), "application/x-ndjson": format!("{}\n", row()) },
            "404": { "unknown": UNKNOWN },
            "409": { "not_published": not_published() },
            "422": { "bad_format":
                "format: expected csv or jsonl, found `xml`" },
            "503": { "failure": UNREACHABLE },
        },
        "list_sources": {
            "200": { "sources": {
                "sources": [{ "name": "sample", "tables": ["ts_page_content"] }],
            } },
        },
        "lease_tasks": {
            "request": { "one": { "max": 1, "wait_s": 30, "lease_s": 60 } },
            "200": { "one": { "tasks": [leased()] }, "none": { "tasks": [] } },
            "400": { "unknown_service": "service not support" },
            "422": { "does_not_fit": "max: expected at least 1, found 0" },
            "503": { "failure": "failed to lease a task" },
        },
        "renew_lease": {
            "request": { "task": { "task_id": TASK_ID, "lease": LEASE, "lease_s": 60 } },
            "200": { "renewed": { "task_id": TASK_ID, "status": "running" } },
            "404": { "unknown": NO_TASK },
            "409": { "ended": "its lease has ended; the task is waiting" },
            "422": { "does_not_fit": "lease: is missing" },
        },
        "complete_task": {
            "request": {
                "finished": {
                    "task_id": TASK_ID, "lease": LEASE, "status": "finished",
                    "result": { "users": 12 },
                },
                "failed": {
                    "task_id": TASK_ID, "lease": LEASE, "status": "failed",
                    "message": "the site does not answer",
                },
            },
            "200": { "done": { "task_id": TASK_ID, "status": "finished" } },
            "404": { "unknown": NO_TASK },
            "409": { "ended": "its lease has ended; the task is waiting" },
            "422": { "does_not_fit": "status: expected finished or failed, found `done`" },
        },
        "list_dead_letters": {
            "200": { "page": { "dead_letters": [dead_letter()], "next": null } },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": "failed to list dead letters" },
        },
        "replay_dead_letter": {
            "200": { "done": { "seq": 7, "status": "replayed" } },
            "404": { "unknown": "there is no dead letter 7" },
            "409": { "still_bad": "status: expected running, finished or failed, found `done`" },
        },
        "get_log_level": { "200": { "usual": { "level": "info" } } },
        "set_log_level": {
            "request": {
                "more": { "level": "debug" },
                "of_one_module": { "level": "info,audience::engine::runtime=debug" },
            },
            "200": { "changed": { "level": "debug" } },
            "422": { "no_level":
                "level: `loud` is not a level, expected off, error, warn, info, debug, trace, or a \
                 filter such as info,audience=debug" },
        },
        "list_rule_sets": { "200": { "rule_sets": { "rule_sets": ["interests"] } } },
        "livez": { "200": { "alive": { "status": "alive" } } },
        "readyz": {
            "200": { "ready": { "status": "ready" } },
            "503": { "outputs": {
                "status": "not ready", "part": "outputs",
                "reason": "the output database cannot be opened: the file is not a database",
            } },
        },
    })
}

fn submit_job() -> Value {
    json!({
        "request": {
            "keywords": {
                "labelling": {
                    "source": "sample", "table": "ts_page_content",
                    "start_time": "2020-01-01", "end_time": "2021-01-01",
                    "rules": { "男性": [["哥哥", "end"]], "女性": [["姐姐", "end"]] },
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
        },
        "202": { "queued": queued() },
        "415": { "not_json": "body: expected application/json, found text/plain" },
        "422": {
            "unknown_field": "labelling.colour: unknown field; known are source, table, output, \
                model_type, predict_type, start_time, end_time, rules, rule_set, row_labels, \
                author_conflict, countdown_s",
            "key_reused": "the idempotency key was used before for another request",
            "empty_range": "start_time must be earlier than end_time",
        },
        "429": { "queue_full": "too many jobs are waiting: 1000 is the limit" },
        "503": { "failure": "Table `ts_page_content` cannot be read at the moment." },
    })
}

fn action(state: &str, needed: &str) -> Value {
    json!({
        "202": { "stored": queued() },
        "404": { "unknown": UNKNOWN },
        "409": { "wrong_state":
            format!("job {JOB_ID} is in state {state}; this needs {needed} job") },
        "503": { "failure": "failed to begin a transaction" },
    })
}

fn not_published() -> String {
    format!("job {JOB_ID} has not published anything yet; it is running")
}

fn summary() -> Value {
    json!({
        "id": JOB_ID, "flow": "labelling", "queue": "queue1", "state": "running",
        "created_at": "2026-11-22T10:00:00.000Z", "started_at": "2026-11-22T10:00:00.040Z",
        "ended_at": null, "waiting": null, "error": null, "cancel_requested": false, "trace_id": JOB_ID,
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
            "last_error": null, "figures": null,
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
            "figures": {
                "stat": "STARTED", "prod_stat": null, "published": false,
                "check_point": "2020-05-17 08:15:00", "rows_received": 948000,
                "rows_labelled": 40211, "unmapped": 12, "skipped": 0, "undated": 0,
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

fn csv() -> String {
    format!(
        "id,task_id,source_author,panel,create_time,field_content,match_content,match_meta\n\
         1,{JOB_ID},WH_F0045_小明哥哥,/男性,2020-05-17 08:15:00,WH_F0045,小明哥哥,{{}}\n"
    )
}

fn events() -> String {
    format!(
        "id: 1\nevent: job.queued\n\
         data: {{\"at\":\"2026-11-22T10:00:00.000Z\",\"job_id\":\"{JOB_ID}\"}}\n\n\
         id: 4\nevent: progress\n\
         data: {{\"at\":\"2026-11-22T10:00:01.200Z\",\"job_id\":\"{JOB_ID}\",\"step\":0,\
         \"batch\":0,\"progress\":{{\"rows\":20000,\"rows_per_s\":210000.0,\"fraction\":0.1}}}}\n\n"
    )
}

fn artifact() -> Value {
    json!({
        "name": "report.zip",
        "bytes": 48_213,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "content_type": "application/zip",
        "created_at": "2020-12-31T08:00:00Z",
    })
}

fn log_line() -> Value {
    json!({
        "seq": 42, "at": "2026-11-22T10:00:06.840213Z", "level": "info", "message": "job ended",
        "fields": {
            "job.id": JOB_ID, "trace_id": JOB_ID, "span_id": "00f067aa0ba902b7",
            "state": "succeeded",
        },
    })
}

fn leased() -> Value {
    json!({
        "task_id": TASK_ID, "attempt": 1, "lease": LEASE,
        "leased_until": "2026-11-25T10:01:00.000Z",
        "message": { "Task": {
            "task_id": TASK_ID, "service": "search_user", "source_name": "mongo",
            "condition": { "keyword": "coffee" },
        } },
    })
}

fn dead_letter() -> Value {
    json!({
        "seq": 7, "kind": "reply", "at": "2026-11-25T10:01:00.000Z", "service": "search_user",
        "task_id": null, "topic": "mq_search_user_reply",
        "payload": format!("{{\"task_id\":\"{TASK_ID}\",\"status\":\"done\"}}"),
        "reason": "status: expected running, finished or failed, found `done`",
        "replayed_at": null,
    })
}

fn runtime() -> Value {
    let actor = |id: u64, kind: &str, name: &str, children: Value| {
        json!({
            "id": id, "kind": kind, "name": name, "state": "idle",
            "since": "2026-01-05T08:00:00.000Z", "restarts": 0, "mailbox": 0,
            "children": children,
        })
    };
    let mut batch = actor(9, "BatchActor", "label 0/0", json!([]));
    batch["job_id"] = json!(JOB_ID);
    batch["state"] = json!("working");
    batch["slice"] = json!({
        "no": 42, "since": "2026-01-05T08:03:10.250Z", "rows": 410_000,
        "rows_per_s": 980_000.0, "fraction": 0.34,
    });
    let mut task = actor(8, "TaskActor", JOB_ID, json!([batch]));
    task["job_id"] = json!(JOB_ID);
    let jobs = actor(1, "JobSupervisor", "jobs", json!([task]));
    let rescuer = actor(2, "Rescuer", "rescuer", json!([]));
    let sweeper = actor(3, "Sweeper", "sweeper", json!([]));
    json!({
        "process": {
            "version": "0.1.0", "pid": 4711, "started_at": "2026-01-05T08:00:00.000Z",
            "memory_bytes": 57_671_680, "memory_peak_bytes": 61_865_984, "cpu_seconds": 3.5,
        },
        "root": actor(0, "RootSupervisor", "root", json!([jobs, rescuer, sweeper])),
    })
}
