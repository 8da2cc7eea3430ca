//! What a slice tells of itself: counters, durations and spans.

use crate::engine::seam::timed::Timed;
use crate::telemetry::metrics::metrics;
use crate::telemetry::trace::{Kind, Span, TraceContext};

/// A slice that has been committed.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommittedSlice {
    /// From 1, within the batch.
    pub(super) no: i64,
    pub(super) rows: u64,
    pub(super) labelled: u64,
    pub(super) bytes: u64,
    pub(super) read: Timed,
    pub(super) matched: Timed,
    pub(super) written: Timed,
}

impl CommittedSlice {
    /// `attempt` is the span of the attempt.
    pub(super) fn tell(&self, attempt: TraceContext) {
        let metrics = metrics();
        metrics.rows_read.add(self.rows, &[]);
        metrics.rows_labelled.add(self.labelled, &[]);
        metrics.bytes_read.add(self.bytes, &[]);
        let slice = attempt.child();
        // Before its stages: they are sent in this order, and a kill in between leaves none without it.
        let millis = |stage: Timed| stage.took.as_secs_f64() * 1e3;
        Span::new("slice", slice, Some(attempt))
            .began(self.read.began)
            .with("slice.no", self.no)
            .with("rows.read", as_i64(self.rows))
            .with("rows.labelled", as_i64(self.labelled))
            .with("bytes.read", as_i64(self.bytes))
            .with("read.ms", millis(self.read))
            .with("match.ms", millis(self.matched))
            .with("write.ms", millis(self.written))
            .end_at(self.written.began + self.written.took, None);
        let stages = [
            ("read", self.read, Kind::Client),
            ("match", self.matched, Kind::Internal),
            ("write", self.written, Kind::Client),
        ];
        for (stage, Timed { began, took }, kind) in stages {
            let labels = [("stage", stage)];
            metrics
                .slice_duration
                .record(took.as_secs_f64(), &labels, Some(slice));
            Span::new(stage, slice.child(), Some(slice))
                .kind(kind)
                .began(began)
                .end_at(began + took, None);
        }
    }
}

fn as_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
