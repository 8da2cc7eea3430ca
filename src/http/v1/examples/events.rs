//! Examples of streams of events.

use serde_json::{Value, json};

use super::JOB_ID;

pub(super) fn events() -> String {
    format!(
        "id: 1\nevent: job.queued\n\
         data: {{\"at\":\"2026-11-22T10:00:00.000Z\",\"job_id\":\"{JOB_ID}\"}}\n\n\
         id: 4\nevent: progress\n\
         data: {{\"at\":\"2026-11-22T10:00:01.200Z\",\"job_id\":\"{JOB_ID}\",\"step\":0,\
         \"batch\":0,\"progress\":{{\"rows\":20000,\"rows_per_s\":210000.0,\"fraction\":0.1}}}}\n\n"
    )
}

pub(super) fn job_event() -> Value {
    json!({
        "event": {
            "type": "string",
            "description": "What happened to the job, a step or a batch; systems have events of their own besides.",
            "examples": [
                "job.queued", "job.started", "job.waiting", "job.parked", "job.woken", "job.rescued",
                "job.cancel_requested", "job.resumed", "job.rerun", "job.retried", "job.succeeded", "job.failed",
                "job.cancelled", "step.planned", "step.completed", "batch.started", "progress",
                "batch.retried", "batch.completed",
            ],
        },
        "data": {
            "type": "object",
            "required": ["at", "job_id"],
            "properties": {
                "at": { "type": "string", "format": "date-time" },
                "job_id": { "type": "string" },
                "step": { "type": "integer", "description": "The number of the step." },
                "batch": { "type": "integer", "description": "The number of the batch." },
                "progress": { "type": "object" },
                "error": { "type": ["string", "null"] },
            },
        },
    })
}

pub(super) fn jobs_events(flow: &str) -> String {
    format!(
        "id: 40\nevent: ready\ndata: {{}}\n\n\
         id: 47\nevent: jobs\n\
         data: {{\"jobs\":[{{\"job_id\":\"{JOB_ID}\",\"flow\":\"{flow}\",\"queue\":\"queue1\",\
         \"title\":null,\"started_by\":\"anna\",\"state\":\"succeeded\",\"waiting\":null,\"error\":null,\
         \"cancel_requested\":false,\"created_at\":\"2026-11-22T10:00:00.000Z\",\
         \"started_at\":\"2026-11-22T10:00:00.040Z\",\"ended_at\":\"2026-11-22T10:00:06.840Z\",\
         \"kinds\":[\"batch.completed\",\"step.completed\",\"job.succeeded\"]}}],\"others\":[],\"more\":false}}\n\n"
    )
}

pub(super) fn jobs_event() -> Value {
    let moment = json!({ "type": ["string", "null"], "format": "date-time" });
    let text = json!({ "type": ["string", "null"] });
    json!({
        "event": { "type": "string", "enum": ["ready", "jobs"] },
        "data": {
            "type": "object",
            "properties": {
                "jobs": { "type": "array", "items": { "type": "object", "properties": {
                    "job_id": { "type": "string" },
                    "flow": { "type": "string" },
                    "queue": { "type": "string" },
                    "title": text,
                    "started_by": text,
                    "state": { "$ref": "#/components/schemas/JobState" },
                    "waiting": text,
                    "error": text,
                    "cancel_requested": { "type": "boolean" },
                    "created_at": { "type": "string", "format": "date-time" },
                    "started_at": moment,
                    "ended_at": moment,
                    "kinds": { "type": "array", "items": { "type": "string" } },
                } } },
                "others": {
                    "type": "array", "items": { "type": "string" },
                    "description": "Ids of further jobs.",
                },
                "more": {
                    "type": "boolean",
                    "description": "More has happened than that.",
                },
            },
        },
    })
}
