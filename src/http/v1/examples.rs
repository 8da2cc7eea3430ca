//! Examples of every operation, for the document.

mod events;
mod lists;
mod timeline;

use serde_json::{Map, Value, json};

use crate::engine::seam::FlowDescription;
use crate::http::document::EXAMPLE_JOB as JOB_ID;
use events::{events, job_event, jobs_event, jobs_events};
use timeline::timeline;

/// A cursor behind which all jobs are.
const AFTER_ALL: &str = "ffffffffffffffffffffffffffffffff";
const UNREACHABLE: &str = "failed to read a job";
const UNKNOWN: &str = "there is no job 019ab3c4d5e67f8091a2b3c4d5e6f708";

pub(super) fn examples(flows: &[FlowDescription]) -> Value {
    let job = FlowJobs::of(flows);
    json!({
        "submit_job": submit_job(flows, &job),
        "list_jobs": {
            "parameters": {
                "state": "succeeded", "flow": job.flow, "queue": "queue1", "started_by": "anna",
                "limit": 50, "after": AFTER_ALL, "q": "keyword", "from": "2026-11-01", "to": "2026-12-01",
                "counts": false,
            },
            "200": { "page": { "jobs": [job.summary()], "next": JOB_ID } },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": UNREACHABLE },
        },
        "get_job": {
            "parameters": { "job_id": JOB_ID },
            "200": { "running": job.running },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": UNREACHABLE },
        },
        "get_job_timeline": {
            "parameters": { "job_id": JOB_ID },
            "200": { "running": timeline() },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": UNREACHABLE },
        },
        "remove_job": {
            "parameters": { "job_id": JOB_ID },
            "404": { "unknown": UNKNOWN },
            "409": { "not_ended": "job 019ab3c4d5e67f8091a2b3c4d5e6f708 is running; only an ended job \
                can be removed: cancel it first" },
            "503": { "output_away": "job 019ab3c4d5e67f8091a2b3c4d5e6f708 is being removed; the rest \
                follows as soon as that is possible: the output database cannot be reached" },
        },
        "get_runtime": { "200": { job.flow: runtime() } },
        "list_settings": { "200": { "some": {
            "version": "0.1.0",
            "settings": [
                {
                    "key": "server.port", "value": "8080", "place": "built-in defaults:4",
                    "built_in": true,
                },
                {
                    "key": "database.url", "value": "postgres://audience:••••••@db/audience",
                    "place": "settings/audience.yaml:2", "built_in": false,
                },
            ],
        } } },
        "list_licences": { "200": { "some": {
            "licence": "MIT",
            "parts": [{ "name": "ractor", "version": "0.16.5", "licence": "MIT" }],
        } } },
        "get_shared_store": {
            "200": { "one": {
                "database": {
                    "engine": "sqlite", "size_bytes": 1_204_224, "answers_ms": 0.12,
                    "connections_used": 1, "connections_idle": 3,
                },
                "disk": { "free_bytes": 412_000_000_000_u64, "total_bytes": 512_000_000_000_u64 },
                "processes": [{
                    "process": "this process", "answers": true, "jobs": 1,
                    "lease_ends_at": "2026-11-25T10:05:12.000Z",
                }],
                "jobs_at_once": 2,
                "queues": [{
                    "queue": "queue1", "limit": 2, "running": 1, "waiting": 3,
                    "waiting_since": "2026-11-25T10:00:00.000Z", "holders": [JOB_ID],
                }],
            } },
            "503": { "failure": UNREACHABLE },
        },
        "cancel_job": action(&job, "succeeded", "an unfinished"),
        "resume_job": action(&job, "running", "a failed or cancelled"),
        "rerun_job": action(&job, "running", "an ended"),
        "retry_job": action(&job, "running", "an ended"),
        "watch_job": {
            "parameters": { "job_id": JOB_ID, "after": 0 },
            "events": job_event(),
            "200": { "events": events() },
            "404": { "unknown": UNKNOWN },
            "422": { "bad_id":
                "after: expected a whole number" },
            "503": { "failure": UNREACHABLE },
        },
        "watch_jobs": {
            "parameters": {
                "flow": job.flow, "queue": "queue1", "state": "succeeded", "after": 0, "follow": false,
            },
            "events": jobs_event(),
            "200": { "events": jobs_events(job.flow) },
            "422": { "bad_place": "after: expected a whole number" },
            "503": { "failure": "failed to read events" },
        },
        "get_job_logs": {
            "parameters": {
                "job_id": JOB_ID, "after": 0, "limit": 200, "level": "info", "follow": false,
                "q": "batch", "before": 1_000_000, "tail": false, "total": true,
            },
            "events": {
                "event": { "$ref": "#/components/schemas/LogLevel" },
                "data": { "$ref": "#/components/schemas/LogLine" },
            },
            "200": {
                "application/json": {
                    "lines": [log_line()], "next": 42, "more": false, "earlier": false, "total": 1,
                },
                "text/event-stream": format!("id: 42\nevent: info\ndata: {}\n\n", log_line()),
            },
            "404": { "unknown": UNKNOWN },
            "422": { "bad_limit": "limit: expected at most 1000" },
            "503": { "failure": UNREACHABLE },
        },
        "list_schemas": { "200": { "flows": { "flows": listed(flows) } } },
        "get_schema": {
            "parameters": { "flow": job.flow },
            "200": { job.flow: schema() },
            "404": { "unknown": unknown_flow(flows) },
        },
        "check_job": check_job(flows, &job),
        "check_bulk_action": lists::check_bulk_action(),
        "start_bulk_action": lists::start_bulk_action(&job.queued),
        "list_views": lists::list_views(),
        "put_view": lists::put_view(),
        "remove_view": lists::remove_view(),
        "list_artifacts": {
            "parameters": { "job_id": JOB_ID },
            "200": { "artifacts": { "artifacts": [artifact()] } },
            "404": { "unknown": UNKNOWN },
            "503": { "failure": UNREACHABLE },
        },
        "get_artifact": {
            "parameters": { "job_id": JOB_ID, "name": "report.zip" },
            "200": { "file": "the bytes of the file" },
            "404": { "unknown":
                "job 019ab3c4d5e67f8091a2b3c4d5e6f708 has no artifact `report.zip`" },
            "503": { "failure": "failed to reach the files of a job" },
        },
        "create_session": {
            "request": { "token": { "token": "the token of a person" } },
            "401": { "wrong": "token: it is not one of the tokens of this server, or has expired" },
            "422": { "missing": "missing field `token`" },
            "429": { "slowed": "too many sign-ins from this address have failed; try again in 8 s" },
            "503": { "failure": "failed to read a secret" },
        },
        "get_session": {
            "200": { "viewer": {
                "name": "anna", "role": "viewer", "projects": [], "queues": ["reports"],
                "services": [], "expires": "2026-11-28T21:00:00.000Z",
            } },
            "503": { "failure": "failed to read which sessions were ended" },
        },
        "end_sessions": { "503": { "failure": "failed to end sessions" } },
        "list_audit": {
            "200": { "page": { "calls": [{
                "id": JOB_ID, "at": "2026-11-28T09:00:00.000Z", "until": "2026-11-28T09:00:00.000Z",
                "count": 1, "who": "anna", "operation": "cancel_job", "what": JOB_ID,
                "address": "192.0.2.7", "result": "done", "status": null,
            }, {
                "id": JOB_ID, "at": "2026-11-28T08:00:00.000Z", "until": "2026-11-28T08:00:41.000Z",
                "count": 310, "who": null, "operation": "submit_job", "what": null,
                "address": "192.0.2.8", "result": "refused", "status": 401,
            }], "next": null } },
            "422": { "bad_moment": "from: expected a date or a moment (RFC 3339)" },
            "503": { "failure": "failed to read the audit" },
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
        "livez": { "200": { "alive": { "status": "alive" } } },
        "readyz": {
            "200": { "ready": { "status": "ready" }, "broker": { "status": "ready", "details": [{
                "part": "broker",
                "reason": "the broker does not have the topic mq_aaa (source_db.aaa.topic_name)",
            }] } },
            "503": { "outputs": {
                "status": "not ready", "part": "outputs",
                "reason": "output `result`: the output database cannot be opened: the file is not a database",
            } },
        },
    })
}

/// Jobs of a flow that has examples of them.
struct FlowJobs {
    flow: &'static str,
    queued: Value,
    running: Value,
}

impl FlowJobs {
    fn of(flows: &[FlowDescription]) -> Self {
        let flow = flows.iter().find(|flow| flow.examples.running.is_object());
        let examples = flow.map(|flow| flow.examples.clone()).unwrap_or_default();
        Self {
            flow: flow.map_or("job", |flow| flow.name),
            queued: examples.queued,
            running: examples.running,
        }
    }

    /// What a list shows.
    fn summary(&self) -> Value {
        const ONLY_IN_FULL: [&str; 8] = [
            "steps",
            "rows",
            "rows_per_s",
            "eta_s",
            "attempts",
            "last_error",
            "figures",
            "can",
        ];
        let members = self.running.as_object().cloned().unwrap_or_default();
        let members = members.into_iter();
        members
            .filter(|(name, _)| !ONLY_IN_FULL.contains(&name.as_str()))
            .collect()
    }
}

fn submit_job(flows: &[FlowDescription], job: &FlowJobs) -> Value {
    let mut bodies = Map::new();
    let mut refused = Map::new();
    let mut unavailable = Map::new();
    for flow in flows.iter().filter(|flow| flow.member.is_some()) {
        let examples = &flow.examples;
        bodies.extend(members(&examples.bodies));
        refused.extend(members(&examples.refused));
        if !examples.unavailable.is_empty() {
            unavailable.insert("failure".to_owned(), examples.unavailable.into());
        }
    }
    refused.insert(
        "key_reused".to_owned(),
        "the idempotency key was used before for another request".into(),
    );
    json!({
        "request": bodies,
        "202": { "queued": job.queued },
    "404": { "unknown_queue": "there is no queue queue1" },
        "422": refused,
        "429": { "queue_full": "too many jobs are waiting: 1000 is the limit" },
        "503": unavailable,
    })
}

/// Bodies are those that are submitted, and are refused in the same words.
fn check_job(flows: &[FlowDescription], job: &FlowJobs) -> Value {
    let submitted = submit_job(flows, job);
    let request = job.running["request"].clone();
    json!({
        "request": submitted["request"],
        "200": { "checked": {
            "queue": "queue1", "request": request, "warnings": [],
            "found": {
                "rows": 2980, "rows_are_exact": true, "groups": ["fbfans", "other"],
                "labels": ["男性", "女性"], "rules": 2,
            },
        } },
        "404": submitted["404"],
        "422": submitted["422"],
        "503": submitted["503"],
    })
}

fn listed(flows: &[FlowDescription]) -> Value {
    let flows = flows.iter().map(|flow| {
        json!({
            "name": flow.name, "summary": flow.summary, "member": flow.member, "uses": flow.uses,
        })
    });
    flows.collect()
}

fn unknown_flow(flows: &[FlowDescription]) -> String {
    let known: Vec<&str> = flows.iter().map(|flow| flow.name).collect();
    format!("there is no flow `copies`; known are: {}", known.join(", "))
}

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Request", "type": "object",
        "properties": { "source": {
            "type": ["string", "null"], "enum": ["sample", null], "default": "sample",
        } },
        "additionalProperties": false,
    })
}

fn members(examples: &Value) -> Map<String, Value> {
    examples.as_object().cloned().unwrap_or_default()
}

fn action(job: &FlowJobs, state: &str, needed: &str) -> Value {
    json!({
        "parameters": { "job_id": JOB_ID },
        "202": { "stored": job.queued },
        "404": { "unknown": UNKNOWN },
        "409": { "wrong_state":
            format!("job {JOB_ID} is in state {state}; this needs {needed} job") },
        "503": { "failure": "failed to begin a transaction" },
    })
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
