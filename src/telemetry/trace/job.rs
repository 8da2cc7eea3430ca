//! The ids of the spans of a job, which follow from it.

use std::time::SystemTime;

use xxhash_rust::xxh3::xxh3_128;

use super::{Span, TraceContext, is_on, is_sampled};

/// The spans of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobTrace {
    job: String,
    generation: i32,
    parent: Option<TraceContext>,
    root: TraceContext,
}

impl JobTrace {
    /// `traceparent` is stored with the job; without one the trace has the job's id.
    pub fn of(job: &str, traceparent: Option<&str>, generation: i32) -> Self {
        let parent: Option<TraceContext> = traceparent.and_then(|text| text.parse().ok());
        let trace = || {
            let trace = u128::from_str_radix(job, 16).unwrap_or_else(|_| xxh3_128(job.as_bytes()));
            TraceContext {
                trace: trace.max(1),
                span: 1,
                sampled: is_sampled(trace),
            }
        };
        Self {
            root: parent.unwrap_or_else(trace).named(format_args!("{job}")),
            job: job.to_owned(),
            generation,
            parent,
        }
    }

    /// That the job was stored.
    pub fn submit(&self) -> TraceContext {
        self.root
    }

    /// Reports that the job has been stored: the parent of all that is done for it.
    pub fn report_submitted(&self, flow: &str, began: SystemTime) {
        if is_on() {
            Span::new(format!("submit {flow}"), self.submit(), self.parent)
                .began(began)
                .with("job.id", self.job.clone())
                .with("job.flow", flow.to_owned())
                .end(None);
        }
    }

    /// A process runs the job under the lease of this epoch, which goes up over all generations.
    pub fn task(&self, epoch: i64) -> TraceContext {
        let job = &self.job;
        self.root.named(format_args!("{job}/task/{epoch}"))
    }

    /// An attempt at a batch.
    pub fn attempt(&self, step: i32, batch: i32, no: i32) -> TraceContext {
        let Self {
            job, generation, ..
        } = self;
        self.root
            .named(format_args!("{job}/{generation}/{step}/{batch}/{no}"))
    }

    /// The message with which a task is handed to an outside worker.
    pub fn message(&self, attempt: i32) -> TraceContext {
        let job = &self.job;
        self.root.named(format_args!("{job}/message/{attempt}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_spans_of_a_job_follow_from_it() {
        let job = "0190a0b0c0d0e0f00102030405060708";
        let alone = JobTrace::of(job, None, 0);
        assert_eq!(alone.submit().trace_id(), job);
        assert_eq!(alone, JobTrace::of(job, None, 0));
        assert_eq!(alone.parent, None);
        let asked = JobTrace::of(job, Some(HEADER), 0);
        assert_eq!(asked.submit().trace_id(), &HEADER[3..35]);
        assert_eq!(asked.parent.unwrap().to_string(), HEADER);
        let spans = [
            asked.submit(),
            asked.task(1),
            asked.task(2),
            asked.attempt(0, 0, 1),
            asked.attempt(0, 1, 1),
            JobTrace::of(job, Some(HEADER), 1).attempt(0, 0, 1),
            asked.message(1),
        ];
        let distinct: std::collections::BTreeSet<String> =
            spans.iter().map(TraceContext::span_id).collect();
        assert_eq!(distinct.len(), spans.len());
        let dropped = JobTrace::of(job, Some(&HEADER.replace("-01", "-00")), 0);
        assert!(dropped.submit().to_string().ends_with("-00"));
    }
}
