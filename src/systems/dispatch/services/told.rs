//! What is told of messages and reports: counters and spans of the task's trace.

use std::time::SystemTime;

use crate::systems::dispatch::store::{DispatchStore, Dispatched, Pending, Report, Reported};
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::{self, JobTrace, Kind, Span, TraceContext};

use super::task_id::TaskId;

/// Over which way a report came, and what its sender said that it was doing.
#[derive(Clone, Copy, Debug)]
pub enum Via {
    /// The span of the request stands around whoever applies the report.
    Http,
    Broker(Option<TraceContext>),
}

/// The span of a message, for its header and for what the worker does.
pub(super) fn of_message(message: &Pending) -> TraceContext {
    trace_of(message).message(message.attempt)
}

fn trace_of(message: &Pending) -> JobTrace {
    JobTrace::of(message.job.as_str(), message.traceparent.as_deref(), 0)
}

/// The broker has a message, or will never have it.
pub(super) fn sent(
    service: &str,
    topic: &str,
    message: &Pending,
    began: SystemTime,
    error: Option<&str>,
) {
    let labels = [("service", service)];
    match error {
        None => metrics().messages_sent.add(1, &labels),
        Some(_) => metrics().dead_letters.add(1, &labels),
    }
    if trace::is_on() {
        let trace = trace_of(message);
        let parent = Some(trace.submit());
        Span::new(format!("send {topic}"), of_message(message), parent)
            .kind(Kind::Producer)
            .began(began)
            .with("messaging.system", "kafka")
            .with("messaging.destination.name", topic.to_owned())
            .with("job.id", message.job.to_string())
            .with("service", service.to_owned())
            .with("attempt.no", i64::from(message.attempt))
            .end(error);
    }
}

/// A report has been dealt with.
pub(super) async fn reported(
    store: &DispatchStore,
    task: &TaskId,
    report: &Report,
    outcome: &Reported,
    via: Via,
    began: SystemTime,
) {
    let (word, reason) = match outcome {
        Reported::Done => ("done", None),
        Reported::Same => ("same", None),
        Reported::Refused { reason } => ("refused", Some(reason.as_str())),
        Reported::Unknown => ("unknown", None),
    };
    let (service, status) = (task.service.as_str(), report.status.as_str());
    // Anybody can make up a service.
    let shown = if word == "unknown" { "none" } else { service };
    let labels = [("service", shown), ("status", status), ("outcome", word)];
    metrics().reports.add(1, &labels);
    if !trace::is_on() || word == "unknown" {
        return;
    }
    // Only the span is lost if the store cannot be asked.
    let Ok(Some(Dispatched { job, .. })) = store.find(&task.job).await else {
        return;
    };
    let trace = JobTrace::of(job.id.as_str(), job.traceparent.as_deref(), 0);
    let (kind, seen, otherwise) = match via {
        Via::Http => (Kind::Internal, trace::current(), trace.submit()),
        Via::Broker(seen) => {
            let message = trace.message(report.attempt.unwrap_or(1));
            (Kind::Consumer, seen, message)
        }
    };
    let within = seen.filter(|seen| seen.is_same_trace(&otherwise));
    let parent = within.unwrap_or(otherwise);
    let mut span = Span::new("report", parent.child(), Some(parent))
        .kind(kind)
        .began(began)
        .with("job.id", task.job.to_string())
        .with("service", service.to_owned())
        .with("status", status)
        .with("outcome", word);
    if let Some(attempt) = report.attempt {
        span.set("attempt.no", i64::from(attempt));
    }
    if let Some(seen) = seen.filter(|_| within.is_none()) {
        span.link(seen);
    }
    span.end(reason);
}
