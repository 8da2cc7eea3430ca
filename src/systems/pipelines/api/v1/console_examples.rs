//! Examples for the document: logs, and why a job waits.

use serde_json::{Value, json};

const JOB: &str = "019ac1f2a4b57c3e9d10f2a3b4c5d6e7";
const NO_JOB: &str = "there is no job 019ac1f2a4b57c3e9d10f2a3b4c5d6e7";
const NO_ATTEMPT: &str = "job 019ac1f2a4b57c3e9d10f2a3b4c5d6e7 has no attempt 3";
const ELSEWHERE: &str = "the log of attempt 1 of job 019ac1f2a4b57c3e9d10f2a3b4c5d6e7 is being written by a \
                         process of another machine, `worker-2`, in a directory that the process that was \
                         asked does not see";

pub(crate) fn examples() -> Value {
    json!({
        "get_console": {
            "parameters": {
                "job_id": JOB, "attempt": 1, "tail": 200, "plain": "",
                "Accept": "text/event-stream", "Range": "bytes=4096-", "If-Range": "\"a\"",
                "Last-Event-ID": 4096,
            },
            "200": {
                "text/plain": "imp: 1003 rows\nclick: 87 rows\n",
                "text/event-stream": "id: 15\ndata: {\"at\":\"2026-11-21T03:31:07.125Z\",\
                    \"text\":\"imp: 1003 rows\\n\"}\n\nid: 30\nevent: end\n\
                    data: {\"attempt\":1,\"total\":30}\n\n",
            },
            "206": { "text/plain": "click: 87 rows\n" },
            "404": { "unknown": NO_JOB, "no_attempt": NO_ATTEMPT },
            "409": { "elsewhere": ELSEWHERE },
            "416": { "behind_the_end": "Range: the log has 30 bytes, and none of these" },
            "422": { "bad_number": "attempt: expected at least 1" },
            "events": {
                "event": { "type": "string", "enum": ["message", "gap", "end"] },
                "data": { "anyOf": [
                    {
                        "type": "object", "required": ["at", "text"],
                        "properties": {
                            "at": { "type": "string", "format": "date-time" },
                            "text": { "type": "string" },
                        },
                    },
                    {
                        "type": "object", "required": ["from", "to"],
                        "properties": {
                            "from": { "type": "integer" }, "to": { "type": "integer" },
                        },
                    },
                    {
                        "type": "object", "required": ["attempt", "total"],
                        "properties": {
                            "attempt": { "type": "integer" }, "total": { "type": "integer" },
                        },
                    },
                ] },
            },
        },
        "get_console_folds": {
            "parameters": { "job_id": JOB, "attempt": 1 },
            "200": { "two_scripts": {
                "attempt": 1, "total": 30,
                "folds": [{
                    "name": "gen_imp --date \"$date\"", "depth": 0, "script": true, "from": 0,
                    "to": 15, "started_at": "2026-11-21T03:31:07.125Z",
                    "ended_at": "2026-11-21T03:31:09.250Z",
                }],
                "errors": [],
                "warnings": [{
                    "offset": 15, "at": "2026-11-21T03:31:09.500Z",
                    "text": "three rows without a country", "place": "file=imp.csv,line=7",
                }],
                "progress": { "percent": 42, "text": "imp", "at": "2026-11-21T03:31:08.000Z" },
                "cut": false,
            } },
            "404": { "unknown": NO_JOB, "no_attempt": NO_ATTEMPT },
            "409": { "elsewhere": ELSEWHERE },
            "422": { "bad_number": "attempt: expected at least 1" },
        },
        "list_console_lines": {
            "parameters": {
                "job_id": JOB, "from": 15, "before": 4096, "line": 2, "numbers": "true", "limit": 100,
                "attempt": 1,
            },
            "200": { "last_of_two": {
                "attempt": 1, "total": 30,
                "lines": [{ "number": 2, "offset": 15, "text": "click: 87 rows", "cut": false }],
                "next": null, "previous": 15, "gap": null,
            } },
            "404": { "unknown": NO_JOB, "no_attempt": NO_ATTEMPT },
            "409": { "elsewhere": ELSEWHERE },
            "422": { "bad_number": "line: expected at least 1" },
            "429": {
                "busy": "2 searches are running already, try again when one has ended",
            },
        },
        "search_console": {
            "parameters": {
                "job_id": JOB, "q": "rows", "regex": "false", "ignore_case": "true", "after": 0,
                "before": 4096, "limit": 100, "first": "error", "attempt": 1,
            },
            "200": { "two_of_three": {
                "attempt": 1, "total": 3, "skipped": 1,
                "lines": [
                    {
                        "number": 2, "offset": 15, "text": "click: 87 rows", "start": 10, "end": 14,
                        "cut": false,
                    },
                    {
                        "number": 3, "offset": 30, "text": "::error::no rows of view", "start": 12,
                        "end": 16, "cut": false,
                    },
                ],
                "next": null, "previous": 15,
                "first_error": {
                    "number": 3, "offset": 30, "text": "::error::no rows of view", "start": 0,
                    "end": 9, "cut": false,
                },
                "bytes": 55, "gap": null,
            } },
            "404": { "unknown": NO_JOB, "no_attempt": NO_ATTEMPT },
            "409": { "elsewhere": ELSEWHERE },
            "422": { "bad_expression": "q: invalid expression: unclosed group" },
            "429": {
                "busy": "2 searches are running already, try again when one has ended",
            },
        },
        "why_job": {
            "parameters": { "job_id": JOB },
            "200": { "slots": explanation() },
            "404": { "unknown": NO_JOB },
        },
        "why_instance": {
            "parameters": { "project": "ad-logs", "task": "daily" },
            "200": { "slots": explanation() },
            "404": { "unknown": "project ad-logs has no task load_dayly" },
            "422": { "several": "62 instances; expected the parameters of one" },
        },
    })
}

fn explanation() -> Value {
    let (us, cn) = (
        "load_daily(country=us,date=2026-11-21)",
        "load_daily(country=cn,date=2026-11-21)",
    );
    json!({
        "id": us, "job": JOB, "state": "queued",
        "sentence": format!("{us} waits for warehouse: 1 of 1 held by {cn} since 03:31:07"),
        "because": [{
            "kind": "resource", "name": "warehouse", "needs": 1, "slots": 1, "held": 1,
            "holders": [{
                "id": cn, "job": "019ac1f2a4b57c3e9d10f2a3b4c5d6e8", "slots": 1,
                "since": "2026-11-20T19:31:07.000Z",
            }],
        }],
    })
}
