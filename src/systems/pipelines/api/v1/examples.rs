//! Examples for the document.

use serde_json::{Value, json};

use super::trigger_examples::FIRE;

const PROJECT: &str = "ad-logs";
const NO_PROJECT: &str = "there is no project ad-logs";
const NO_TASK: &str = "project ad-logs has no task day_logs; did you mean day_log?";
const RUN: &str = "019ac1f06b5c7d10a1b2c3d4e5f60718";
const NO_RUN: &str = "there is no run 019ac1f06b5c7d10a1b2c3d4e5f60718";
const JOB: &str = "019ac1f06b5c7d10a1b2c3d4e5f60719";
const NO_FOCUS: &str = "the graph has no job or instance 019ac1f06b5c7d10a1b2c3d4e5f60719";
const LARGE: &str = "the graph has 20001 boxes and 40000 edges, more than are drawn; of a run, ask with \
                     collapse=auto, or with focus for the part around a job";
const PICTURE: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"160\" height=\"82\"></svg>\n";
const RAW: &str = "raw_log(date=2026-11-21,kind=imp)";
const INSTANCE: &str = "day_log(date=2026-11-21,kind=imp)";
const UPLOADED: &str = "my-logs";
const UPLOADED_FILE: &str = "project: my-logs\ntasks:\n  day_log:\n    run: echo made > \"$OUT\"\n    \
    outputs: [day.log]\n";
const CHANGED: &str = "project my-logs was changed meanwhile";
const VERSION: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const ETAG: &str = "\"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9\"";

pub(crate) fn hooks() -> Value {
    json!({
        "receive_hook": {
            "parameters": { "project": PROJECT, "trigger": "push" },
            "request": { "push": {
                "ref": "refs/heads/main", "before": "95790bf891e76fee5e1747ab589903a6a1f80f22",
                "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
                "commits": [{ "added": [], "modified": ["README.md"], "removed": [] }],
            } },
            "200": { "ignored": { "ignored": "the trigger does not count branch main" },
                "again": { "run": RUN } },
            "202": { "started": { "run": RUN }, "waits": { "fire": FIRE } },
            "401": { "unsigned": "the header x-hub-signature-256 is missing" },
            "404": { "unknown": "there is no such hook" },
            "422": { "other_commit": "this delivery was received before, with another commit" },
            "503": { "failure": "failed to store a fire" },
        },
    })
}

pub(crate) fn examples() -> Value {
    json!({
        "list_projects": {
            "parameters": { "If-None-Match": ETAG },
            "200": { "one": { "projects": [
                { "project": PROJECT, "version": VERSION, "tasks": 13, "faults": 0 },
            ] } },
        },
        "get_project": {
            "parameters": { "project": PROJECT, "If-None-Match": ETAG },
            "200": { "one": project() },
            "404": { "unknown": NO_PROJECT },
        },
        "upload_project": {
            "parameters": { "project": UPLOADED },
            "request": { "one": UPLOADED_FILE },
            "200": { "replaced": uploaded() },
            "201": { "new": uploaded() },
            "404": { "not_seen": "there is no project my-logs" },
            "409": { "of_settings":
                "project my-logs stands in a file of the server's settings and is changed there" },
            "412": { "changed": CHANGED },
            "422": { "faulty": "the project file has a fault: 4:5: tasks.day_log.requries: unknown \
                key; did you mean requires?" },
            "503": { "failure": "failed to store an uploaded project" },
        },
        "remove_project": {
            "parameters": { "project": UPLOADED },
            "404": { "unknown": "there is no project my-logs" },
            "409": { "in_use":
                "project my-logs has 2 runs that have not ended; cancel them first" },
            "412": { "changed": CHANGED },
            "503": { "failure": "failed to remove an uploaded project" },
        },
        "list_versions": {
            "parameters": { "project": PROJECT, "limit": 50, "after": VERSION },
            "200": { "page": {
                "versions": [{
                    "version": VERSION, "read_at": "2026-11-22T02:00:00.000Z", "current": true,
                }],
                "next": null,
            } },
            "404": { "unknown": NO_PROJECT },
            "422": { "bad_cursor": "after: expected the `next` value of an earlier page" },
            "503": { "failure": "failed to list the versions of a project" },
        },
        "list_resources": {
            "parameters": { "project": PROJECT, "If-None-Match": ETAG },
            "200": { "one": { "resources": [{
                "resource": "disk", "slots": 4, "held": 1, "waiting": 12,
                "holders": [{ "job_id": JOB, "instance": INSTANCE, "slots": 1 }],
            }] } },
            "404": { "unknown": NO_PROJECT },
            "503": { "failure": "failed to look who holds slots" },
        },
        "get_project_graph": {
            "parameters": { "project": PROJECT, "If-None-Match": ETAG },
            "200": { "application/json": tasks(), "image/svg+xml": PICTURE },
            "404": { "unknown": NO_PROJECT },
            "422": { "large": LARGE },
        },
        "get_project_dates": {
            "parameters": { "project": PROJECT, "from": "2026-11-20", "to": "2026-11-21" },
            "200": { "one": { "from": "2026-11-20", "to": "2026-11-21", "tasks": [{
                "task": "day_log", "param": "date", "days": [
                    {
                        "date": "2026-11-20", "state": "complete", "states": { "complete": 2 },
                        "job_id": null,
                    },
                    {
                        "date": "2026-11-21", "state": "failed",
                        "states": { "failed": 1, "complete": 1 }, "job_id": JOB,
                    },
                ],
            }] } },
            "404": { "unknown": NO_PROJECT },
            "422": { "no_date": "from: expected a date such as 2026-11-21" },
            "503": { "failure": "failed to list runs" },
        },
        "plan_run": {
            "parameters": { "project": PROJECT },
            "request": { "a_day": targets(), "again": {
                "targets": [{ "task": "day_log", "params": { "date": "2026-11-21..2026-11-22" } }],
                "force": true, "force_all": false, "stale": false,
            } },
            "200": { "one": {
                "targets": [INSTANCE], "counts": { "run": 1, "complete": 1 },
                "instances": [
                    {
                        "id": RAW, "task": "raw_log", "params": { "date": "2026-11-21", "kind": "imp" },
                        "action": "complete", "reason": null, "needs": [],
                    },
                    {
                        "id": INSTANCE, "task": "day_log",
                        "params": { "date": "2026-11-21", "kind": "imp" }, "action": "run",
                        "reason": "no data/day/2026-11-21/imp.log", "needs": [RAW],
                    },
                ],
            } },
            "404": { "unknown": NO_PROJECT, "unknown_task": NO_TASK },
            "422": refused(),
            "503": { "failure": "failed to look for unfinished jobs" },
        },
        "start_run": {
            "parameters": { "project": PROJECT },
            "request": { "a_day": targets(), "newest_first": {
                "targets": [{ "task": "day_log", "params": {
                    "date": "2026-11-01..2026-11-21", "kind": ["imp", "click"],
                } }],
                "newest_first": true, "limit": 10, "at_once": 2,
            } },
            "202": { "started": run() },
            "404": { "unknown": NO_PROJECT, "unknown_task": NO_TASK },
            "422": refused_run(),
            "429": { "too_many":
                "project ad-logs has 1000 runs that have not ended, as many as it may" },
            "503": { "failure": "failed to store a run" },
        },
        "list_runs": {
            "parameters": {
                "project": PROJECT, "state": "failed", "task": "day_log", "trigger": "nightly",
                "limit": 50, "after": RUN,
            },
            "200": { "page": { "runs": [run()], "next": RUN } },
            "422": { "bad_state":
                "state: expected queued, running, succeeded, failed or cancelled, found `done`" },
            "503": { "failure": "failed to list runs" },
        },
        "get_run": {
            "parameters": { "run_id": RUN },
            "200": { "one": run() },
            "404": { "unknown": NO_RUN },
            "503": { "failure": "failed to read a run" },
        },
        "list_run_jobs": {
            "parameters": {
                "run_id": RUN, "state": "failed", "task": "day_log", "limit": 50, "after": 49,
            },
            "200": { "page": { "jobs": [{
                "no": 1, "instance": INSTANCE, "task": "day_log", "action": "run",
                "reason": "no data/day/2026-11-21/imp.log", "needs": [0], "is_target": true,
                "job_id": JOB, "state": "failed", "waiting": null,
                "error": "exit 1 in script 1, attempt 2 of 2",
                "started_at": "2026-11-22T02:00:00.100Z", "ended_at": "2026-11-22T02:00:09.400Z",
            }], "next": null } },
            "404": { "unknown": NO_RUN },
            "422": { "bad_limit": "limit: expected at most 200" },
            "503": { "failure": "failed to list the jobs of a run" },
        },
        "watch_run": {
            "parameters": { "run_id": RUN, "Last-Event-ID": 41, "after": 41 },
            "events": {
                "event": { "type": "string", "description": "What happened, such as `job.started`." },
                "data": {
                    "type": "object",
                    "required": ["at", "job_id", "instance"],
                    "properties": {
                        "at": { "type": "string" }, "job_id": { "type": "string" },
                        "instance": { "type": "string" },
                    },
                },
            },
            "200": { "text/event-stream": event() },
            "404": { "unknown": NO_RUN },
            "503": { "failure": "failed to read what happened to the jobs of a run" },
        },
        "get_run_graph": {
            "parameters": {
                "run_id": RUN, "collapse": "auto", "focus": JOB, "hops": 2, "If-None-Match": ETAG,
            },
            "200": { "application/json": instances(), "image/svg+xml": PICTURE },
            "404": { "unknown": NO_RUN, "no_such_job": NO_FOCUS },
            "422": { "bad_collapse": "collapse: expected auto or none, found `all`", "large": LARGE },
            "503": { "failure": "failed to read the graph of a run" },
        },
        "cancel_run": {
            "parameters": { "run_id": RUN },
            "202": { "asked": run() },
            "404": { "unknown": NO_RUN },
            "409": { "ended": wrong_state("succeeded", "an unfinished") },
            "503": { "failure": "failed to cancel a run" },
        },
        "retry_run": {
            "parameters": { "run_id": RUN },
            "202": { "started": run() },
            "404": { "unknown": NO_RUN, "unknown_task": NO_TASK },
            "409": { "runs": wrong_state("running", "an ended") },
            "422": refused(),
            "429": { "too_many":
                "project ad-logs has 1000 runs that have not ended, as many as it may" },
            "503": { "failure": "failed to store a run" },
        },
    })
}

/// Two tasks of which one needs the other.
fn tasks() -> Value {
    let task = |name: &str, x: u32| {
        json!({
            "id": name, "task": name, "params": {}, "state": null, "x": x, "y": 20, "w": 120, "h": 42,
        })
    };
    json!({
        "width": 328, "height": 82, "nodes": [task("raw_log", 20), task("day_log", 188)],
        "edges": [{ "from": "raw_log", "to": "day_log", "points": [[140, 41], [188, 41]] }],
    })
}

/// 24 inputs as one box, and what is made of them.
fn instances() -> Value {
    json!({
        "width": 552, "height": 88,
        "nodes": [
            {
                "id": "raw_log@0", "task": "raw_log", "params": { "kind": "imp" },
                "state": "complete", "x": 20, "y": 20, "w": 166, "h": 48, "count": 24,
                "states": { "complete": 24 },
            },
            {
                "id": JOB, "task": "day_log", "params": { "date": "2026-11-21", "kind": "imp" },
                "state": "running", "x": 234, "y": 23, "w": 232, "h": 42,
            },
        ],
        "edges": [{ "from": "raw_log@0", "to": JOB, "points": [[186, 44], [234, 44]] }],
    })
}

fn targets() -> Value {
    json!({ "targets": [{ "task": "day_log", "params": { "date": "2026-11-21", "kind": "imp" } }] })
}

fn refused() -> Value {
    json!({
        "unknown_parameter": "task day_log has no parameter dat; it has date, kind",
        "bad_value": "parameter date of task day_log: expected a date such as 2026-11-21",
        "too_many": "more than 100000 instances; they are required by day_log(date=2026-11-21,kind=imp)",
    })
}

fn refused_run() -> Value {
    let mut refused = refused();
    refused["commit"] = json!("commit: project ad-logs does not come from git; leave it out");
    refused["key_reused"] = json!("this idempotency key was used for another request");
    refused
}

fn wrong_state(state: &str, needed: &str) -> String {
    format!("run {RUN} is in state {state}; this needs {needed} run")
}

fn event() -> String {
    let data = json!({ "at": "2026-11-22T02:00:09.400Z", "job_id": JOB, "instance": INSTANCE });
    format!("id: 42\nevent: job.succeeded\ndata: {data}\n\n")
}

fn run() -> Value {
    json!({
        "id": RUN, "project": PROJECT, "version": VERSION, "state": "running",
        "request": targets(), "trigger": null, "started_by": "anna", "retry_of": null,
        "planned": { "run": 1, "complete": 1 }, "counts": { "running": 1, "complete": 1 },
        "cancel_requested": false, "created_at": "2026-11-22T02:00:00.000Z", "ended_at": null,
    })
}

fn uploaded() -> Value {
    json!({
        "project": UPLOADED, "version": VERSION, "timezone": "UTC",
        "tasks": [{
            "task": "day_log", "help": null, "body": "run", "params": [], "requires": [],
            "resources": [], "priority": 0, "at_once": null, "retries": 0,
        }],
        "resources": [], "triggers": [], "faults": [],
    })
}

/// A project in which a task of one script needs a file of others.
fn project() -> Value {
    json!({
        "project": PROJECT, "version": VERSION, "timezone": "Asia/Taipei",
        "tasks": [{
            "task": "day_log", "help": "One compressed log of a day", "body": "run",
            "params": [{
                "param": "date", "type": "date", "help": null, "values": null,
                "default_value": "{now-1d}", "min": "2026-01-01", "max": null, "significant": true,
            }, {
                "param": "kind", "type": "choice", "help": null, "values": ["imp", "click"],
                "default_value": null, "min": null, "max": null, "significant": true,
            }],
            "requires": ["raw_log"],
            "resources": [{ "resource": "disk", "slots": 1 }],
            "priority": 0, "at_once": null, "retries": 2,
        }],
        "resources": [{ "resource": "disk", "slots": 4 }],
        "triggers": ["nightly"],
        "faults": [{
            "line": 31, "column": 5, "key": "tasks.day_log.requries",
            "problem": "unknown key; did you mean requires?",
        }],
    })
}
