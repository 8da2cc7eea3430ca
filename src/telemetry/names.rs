//! Names of spans, of what they carry, and of what happens in them: for the documentation, and for a test
//! that compares them with the sources.

/// A span, as it is documented.
#[derive(Clone, Copy, Debug)]
pub struct SpanName {
    /// Where part of the name varies, that part is in braces.
    pub name: &'static str,
    pub kind: &'static str,
    pub parent: &'static str,
    pub about: &'static str,
    pub attributes: &'static str,
}

/// All spans, from the outside in.
pub const SPANS: &[SpanName] = &[
    SpanName {
        name: "{method} {route}",
        kind: "server",
        parent: "the caller's `traceparent`, or none",
        about: "A request to the API, but for health and metrics.",
        attributes: "http.request.method, http.route, http.response.status_code, operation",
    },
    SpanName {
        name: "submit {flow}",
        kind: "internal",
        parent: "the request, or none",
        about: "A job was stored. The root of all that is done for it; without a request the trace has the \
            job's id.",
        attributes: "job.id, job.flow",
    },
    SpanName {
        name: "task {flow}",
        kind: "internal",
        parent: "`submit {flow}`",
        about: "A process has run the job, from the claim until the job ended or was released. Linked to \
            that of the process before. For a process that was killed, the process that continues \
            the job reports it.",
        attributes: "job.id, job.flow, job.state, epoch, reported.by",
    },
    SpanName {
        name: "{kind} batch",
        kind: "internal",
        parent: "`task {flow}`",
        about: "One attempt at a batch: `label batch`, `publish batch`.",
        attributes: "job.id, step.no, step.kind, batch.no, attempt.no, attempt.outcome",
    },
    SpanName {
        name: "slice",
        kind: "internal",
        parent: "`label batch`",
        about: "A slice that was committed, from the beginning of its reading.",
        attributes: "slice.no, rows.read, rows.labelled, bytes.read, read.ms, match.ms, write.ms",
    },
    SpanName {
        name: "read",
        kind: "client",
        parent: "`slice`",
        about: "Its rows were read from the source.",
        attributes: "",
    },
    SpanName {
        name: "match",
        kind: "internal",
        parent: "`slice`",
        about: "They were grouped and matched.",
        attributes: "",
    },
    SpanName {
        name: "write",
        kind: "client",
        parent: "`slice`",
        about: "What they gave was staged with the checkpoint, in one transaction.",
        attributes: "",
    },
    SpanName {
        name: "publish rows",
        kind: "client",
        parent: "`publish batch`",
        about: "The transaction that publishes a task.",
        attributes: "rows.published",
    },
    SpanName {
        name: "send {topic}",
        kind: "producer",
        parent: "`submit {flow}`",
        about: "A task's message, from giving it to the client until the broker had it. Its context is in \
            the message's header `traceparent`.",
        attributes: "job.id, service, attempt.no, messaging.system, messaging.destination.name",
    },
    SpanName {
        name: "report",
        kind: "consumer, over HTTP internal",
        parent: "the span that the worker named in its `traceparent`; else `send {topic}`, over HTTP \
            `submit {flow}`",
        about: "A worker's report was applied. Linked to its request if that is another trace.",
        attributes: "job.id, service, status, outcome, attempt.no",
    },
];

/// What happens in a span: its name, where, why, and what it carries.
pub const SPAN_EVENTS: &[(&str, &str, &str, &str)] = &[
    (
        "task.restarted",
        "task {flow}",
        "The task's actor died and was started again.",
        "reason",
    ),
    (
        "batch.retried",
        "task {flow}",
        "An attempt failed and another follows.",
        "batch, attempt.no, reason, pause_ms",
    ),
    (
        "job.parked",
        "task {flow}",
        "All that is left of the job waits for a time or a signal; its lease is released.",
        "",
    ),
    (
        "job.waits",
        "task {flow}",
        "A database is away and waited for.",
        "reason",
    ),
    (
        "job.rescued",
        "task {flow}",
        "The job was taken away from a process that died or was frozen.",
        "reason",
    ),
    (
        "job.isolated",
        "task {flow}",
        "The job gets a process of its own.",
        "reason",
    ),
    (
        "process.ended",
        "task {flow}",
        "The process ended; reported by the process that continued the job.",
        "reason",
    ),
];
