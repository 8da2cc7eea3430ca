//! The span of a task, which is shared by its lives, and the ids on the lines of its log.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use entity::{AttemptOutcome, JobId, attempt, job, step};

use tracing::{debug, warn};

use super::Engine;
use crate::engine::store::{BatchKey, Claim, StoreError};
use crate::telemetry::chain;
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::{JobTrace, Span, TraceContext, is_on, time};

/// The span of a job that runs here, from its claim until its lease is released. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct TaskSpan(Arc<SpanRecord>);

#[derive(Debug)]
struct SpanRecord {
    job: JobId,
    flow: String,
    epoch: i64,
    created_at: i64,
    generation: i32,
    traceparent: Option<String>,
    /// Made on demand: most jobs end before it is needed.
    trace: OnceLock<JobTrace>,
    /// Stands around everything that is logged of the job.
    log: tracing::Span,
    span: Mutex<Open>,
    /// What an earlier process left open has been reported.
    predecessor_reported: AtomicBool,
}

#[derive(Debug, Default)]
struct Open {
    span: Span,
    error: Option<String>,
}

impl TaskSpan {
    pub(super) fn begin(claim: &Claim, job: &job::Model) -> Self {
        let mut record = SpanRecord {
            job: job.id.clone(),
            flow: job.flow.clone(),
            epoch: claim.epoch,
            created_at: job.created_at,
            generation: job.generation,
            traceparent: job.traceparent.clone(),
            trace: OnceLock::new(),
            log: tracing::Span::none(),
            span: Mutex::default(),
            predecessor_reported: AtomicBool::new(false),
        };
        record.log = log_span(&job.id, || record.context());
        if is_on() {
            let trace = record.trace();
            let mut span = span(&job.id, &job.flow, claim.epoch, trace);
            if claim.epoch > 1 {
                span.link(trace.task(claim.epoch - 1));
            }
            record.span = Mutex::new(Open { span, error: None });
        }
        Self(Arc::new(record))
    }

    pub(super) fn trace(&self) -> &JobTrace {
        self.0.trace()
    }

    /// When the job was stored, in microseconds since 1970.
    pub(super) fn created_at(&self) -> i64 {
        self.0.created_at
    }

    pub(super) fn flow(&self) -> &str {
        &self.0.flow
    }

    pub(super) fn context(&self) -> TraceContext {
        self.0.context()
    }

    pub(super) fn log(&self) -> tracing::Span {
        self.0.log.clone()
    }

    fn with(&self, change: impl FnOnce(&mut Open)) {
        change(&mut self.0.span.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Something happened, for a reason.
    pub(super) fn event(&self, name: &'static str, about: &[(&'static str, String)]) {
        if is_on() {
            self.with(|open| open.span.event(name, about));
        }
    }

    /// The job has ended like this.
    pub(super) fn job_ended(&self, state: &'static str, error: Option<&str>) {
        if is_on() {
            self.with(|open| {
                open.span.set("job.state", state);
                open.error = error.map(str::to_owned);
            });
        }
    }

    /// The job does not run here any more; a second call does nothing.
    pub(super) fn end(&self) {
        end(&self.0.span);
    }

    /// Another process has the job, and has reported this span for a process that it took for dead.
    pub(super) fn leave_to_others(&self) {
        self.with(|open| open.span = Span::default());
    }

    /// Reports and counts an attempt that ended here.
    pub(super) fn attempt_ended(
        &self,
        key: BatchKey,
        (generation, no): (i32, i32),
        began_at: i64,
        kind: &str,
        outcome: AttemptOutcome,
        error: Option<&str>,
    ) {
        let attempt = attempt::Model {
            job_id: self.0.job.clone(),
            step_no: key.step_no,
            batch_no: key.no,
            generation,
            no,
            outcome,
            started_at: began_at,
            ended_at: None,
            error: error.map(str::to_owned),
        };
        report_attempt(self.trace(), &attempt, kind, self.context());
    }

    /// Reports and counts what the process that ran the job before could not report.
    pub(super) async fn report_predecessor(&self, engine: &Engine, steps: &[step::Model]) {
        if self.0.epoch < 2 || self.0.predecessor_reported.load(Ordering::Relaxed) {
            return;
        }
        log_unreported(self.try_report_predecessor(engine, steps).await);
    }

    async fn try_report_predecessor(
        &self,
        engine: &Engine,
        steps: &[step::Model],
    ) -> Result<(), StoreError> {
        let SpanRecord {
            job, flow, epoch, ..
        } = &*self.0;
        let trace = self.trace();
        let Some(life) = engine.store.events().last_life(job, *epoch).await? else {
            return Ok(());
        };
        let before = trace.task(epoch - 1);
        let closed_at = life.end.as_ref().map_or(life.adopted_at, |(at, _)| *at);
        let crashed = engine.store.batches().crashed(job, closed_at).await?;
        if self.0.predecessor_reported.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        if let Some((ended_at, reason)) = &life.end {
            warn!(job.id = %job, reason, "the process that ran it has ended; it continues here");
            self.event("job.rescued", &[("reason", reason.clone())]);
            let span = span(job, flow, epoch - 1, trace).since(life.began_at);
            let mut span = span.with("reported.by", "the process that continued the job");
            span.event("process.ended", &[("reason", reason.clone())]);
            span.end_at(time(*ended_at), Some(reason));
        }
        let of_predecessor = |attempt: &&attempt::Model| attempt.started_at < life.adopted_at;
        for attempt in crashed.iter().filter(of_predecessor) {
            report_crashed(trace, attempt, steps, before);
        }
        Ok(())
    }

    /// Reports the attempts that an actor of this process left open when it died, since then.
    pub(super) async fn report_open_attempts(
        &self,
        engine: &Engine,
        steps: &[step::Model],
        since: i64,
    ) {
        let left = engine.store.batches().crashed(&self.0.job, since).await;
        let reported = left.map(|left| {
            for attempt in &left {
                report_crashed(self.trace(), attempt, steps, self.context());
            }
        });
        log_unreported(reported);
    }
}

/// Only the trace misses what is not reported.
fn log_unreported(reported: Result<(), StoreError>) {
    if let Err(error) = reported {
        debug!(
            error = chain(&error),
            "what ended before is not in the trace"
        );
    }
}

/// An attempt that was closed because its process or its actor had died.
fn report_crashed(
    trace: &JobTrace,
    attempt: &attempt::Model,
    steps: &[step::Model],
    task: TraceContext,
) {
    let step = steps.iter().find(|step| step.no == attempt.step_no);
    let kind = step.map_or("", |step| &step.kind);
    report_attempt(trace, attempt, kind, task);
    let labels = [("kind", kind), ("reason", attempt.outcome.as_str())];
    metrics().batch_retries.add(1, &labels);
}

impl SpanRecord {
    fn trace(&self) -> &JobTrace {
        let (job, parent) = (self.job.as_str(), self.traceparent.as_deref());
        self.trace
            .get_or_init(|| JobTrace::of(job, parent, self.generation))
    }

    fn context(&self) -> TraceContext {
        self.trace().task(self.epoch)
    }
}

/// However it ends: also with a supervisor that died.
impl Drop for SpanRecord {
    fn drop(&mut self) {
        end(&self.span);
    }
}

fn end(open: &Mutex<Open>) {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    let Open { span, error } = std::mem::take(&mut *open);
    span.end(error.as_deref());
}

/// The log span of a job that has no task here.
pub(super) async fn log_of(engine: &Engine, id: &JobId) -> tracing::Span {
    // Where it cannot be asked, the job's id has to do.
    let job = engine.store.jobs().find(id).await.ok().flatten();
    let traceparent = job.as_ref().and_then(|job| job.traceparent.as_deref());
    log_span(id, || JobTrace::of(id.as_str(), traceparent, 0).submit())
}

/// `context` is only computed if the span is enabled.
fn log_span(job: &JobId, context: impl Fn() -> TraceContext) -> tracing::Span {
    tracing::error_span!(
        "task",
        job.id = %job,
        trace_id = %context().trace_id(),
        span_id = %context().span_id(),
    )
}

fn span(job: &JobId, flow: &str, epoch: i64, trace: &JobTrace) -> Span {
    if !is_on() {
        return Span::default();
    }
    Span::new(
        format!("task {flow}"),
        trace.task(epoch),
        Some(trace.submit()),
    )
    .with("job.id", job.to_string())
    .with("job.flow", flow.to_owned())
    .with("epoch", epoch)
}

/// Reports and counts an attempt that has ended: when it says, or just now.
fn report_attempt(trace: &JobTrace, attempt: &attempt::Model, kind: &str, task: TraceContext) {
    let context = trace.attempt(attempt.step_no, attempt.batch_no, attempt.no);
    let ended_at = attempt.ended_at.map_or_else(SystemTime::now, time);
    Span::new(format!("{kind} batch"), context, Some(task))
        .with("step.kind", kind.to_owned())
        .since(attempt.started_at)
        .with("job.id", attempt.job_id.to_string())
        .with("step.no", i64::from(attempt.step_no))
        .with("batch.no", i64::from(attempt.batch_no))
        .with("attempt.no", i64::from(attempt.no))
        .with("attempt.outcome", attempt.outcome.as_str())
        .end_at(ended_at, attempt.error.as_deref());
    let labels = [("kind", kind), ("outcome", attempt.outcome.as_str())];
    metrics().batch_attempts.add(1, &labels);
}
