//! What is counted and measured. Each instrument has its name here and nowhere else; the same ones are
//! shown at `/metrics` and sent over OTLP.
//!
//! Labels have few values: kinds, states, names from the settings. Never an id.

mod own_process;
mod sample;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicI64;
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{
    Counter as OtelCounter, Histogram as OtelHistogram, Meter, MeterProvider as _,
};
use opentelemetry_sdk::metrics::{ManualReader, MeterProviderBuilder, SdkMeterProvider};

use super::exposition::SharedReader;
use super::trace::TraceContext;
pub use own_process::{ProcessView, observe_process, process};
pub use sample::Sample;

/// What kind of instrument a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Counter,
    Histogram,
    /// A value of this moment; its observer looks it up.
    Gauge,
}

/// One metric, as it is documented.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// As an instrument; at `/metrics` a counter has `_total` behind it.
    pub name: &'static str,
    pub shape: Shape,
    pub labels: &'static str,
    pub about: &'static str,
}

/// Names and values of the labels of one observation.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

/// Only goes up.
#[derive(Debug)]
pub struct Counter(OtelCounter<f64>);

impl Counter {
    pub fn add(&self, count: u64, labels: Labels<'_>) {
        self.0.add(count as f64, &key_values(labels));
    }
}

/// Durations, in seconds.
#[derive(Debug)]
pub struct Timings {
    histogram: OtelHistogram<f64>,
    name: &'static str,
}

/// One observation of a histogram, with the trace in which it was made.
#[derive(Clone, Debug)]
pub(super) struct Exemplar {
    pub seconds: f64,
    pub trace_id: String,
    pub at: SystemTime,
}

/// By metric and labels, the last one below each boundary.
type Exemplars = HashMap<(&'static str, Vec<(String, String)>), BTreeMap<usize, Exemplar>>;

static EXEMPLARS: LazyLock<Mutex<Exemplars>> = LazyLock::new(Mutex::default);

pub(super) fn exemplars() -> MutexGuard<'static, Exemplars> {
    EXEMPLARS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Timings {
    /// `trace`: the exemplar, which leads from the figure to its trace.
    pub fn record(&self, seconds: f64, labels: Labels<'_>, trace: Option<TraceContext>) {
        self.histogram.record(seconds, &key_values(labels));
        let is_sent = |trace: &TraceContext| super::trace::is_on() && trace.is_sampled();
        let Some(trace) = trace.filter(is_sent) else {
            return;
        };
        let mut of = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>();
        of.sort();
        let bucket = BOUNDARIES.partition_point(|boundary| *boundary < seconds);
        let exemplar = Exemplar {
            seconds,
            trace_id: trace.trace_id(),
            at: SystemTime::now(),
        };
        exemplars()
            .entry((self.name, of))
            .or_default()
            .insert(bucket, exemplar);
    }
}

/// From half a millisecond to five minutes.
pub(super) const BOUNDARIES: [f64; 18] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0, 120.0, 300.0,
];

macro_rules! instruments {
    (
        counters { $($counter:ident: $counter_name:literal [$($counter_labels:literal)?] $counter_about:literal;)* }
        timings { $($timing:ident: $timing_name:literal [$($timing_labels:literal)?] $timing_about:literal;)* }
        gauges { $($gauge:ident: $gauge_name:literal [$($gauge_labels:literal)?] $gauge_about:literal;)* }
        totals { $($total:ident: $total_name:literal [$($total_labels:literal)?] $total_about:literal;)* }
    ) => {
        /// All metrics, in the order of the documentation.
        pub const METRICS: &[Metric] = &[
            $(Metric { name: $counter_name, shape: Shape::Counter, labels: concat!($($counter_labels)?), about: $counter_about },)*
            $(Metric { name: $timing_name, shape: Shape::Histogram, labels: concat!($($timing_labels)?), about: $timing_about },)*
            $(Metric { name: $gauge_name, shape: Shape::Gauge, labels: concat!($($gauge_labels)?), about: $gauge_about },)*
            $(Metric { name: $total_name, shape: Shape::Counter, labels: concat!($($total_labels)?), about: $total_about },)*
        ];

        /// What is counted when it happens.
        #[derive(Debug)]
        pub struct Metrics {
            $(#[doc = $counter_about] pub $counter: Counter,)*
            $(#[doc = $timing_about] pub $timing: Timings,)*
        }

        impl Metrics {
            fn of(meter: &Meter) -> Self {
                Self {
                    $($counter: Counter(meter.f64_counter($counter_name).with_description($counter_about).build()),)*
                    $($timing: Timings {
                        histogram: meter
                            .f64_histogram($timing_name)
                            .with_description($timing_about)
                            .with_unit("s")
                            .with_boundaries(BOUNDARIES.to_vec())
                            .build(),
                        name: $timing_name,
                    },)*
                }
            }
        }

        /// Looked up on demand.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum Gauge {
            $(#[doc = $gauge_about] $gauge,)*
            $(#[doc = $total_about] $total,)*
        }

        impl Gauge {
            const ALL: &[Self] = &[$(Self::$gauge,)* $(Self::$total,)*];

            /// Those that only go up.
            const TOTALS: &[Self] = &[$(Self::$total,)*];

            fn name(self) -> &'static str {
                match self { $(Self::$gauge => $gauge_name,)* $(Self::$total => $total_name,)* }
            }

            fn about(self) -> &'static str {
                match self { $(Self::$gauge => $gauge_about,)* $(Self::$total => $total_about,)* }
            }
        }
    };
}

instruments! {
    counters {
        rows_read: "audience_rows_read" [] "Rows read from sources by committed slices.";
        rows_labelled: "audience_rows_labelled" [] "Rows staged: one for each label of a row.";
        rows_published: "audience_rows_published" [] "Rows published to result tables.";
        bytes_read: "audience_bytes_read" [] "Bytes of the texts that were read.";
        jobs_submitted: "audience_jobs_submitted" ["flow"] "Jobs stored here.";
        jobs_ended: "audience_jobs_ended" ["flow, state"] "Jobs that ended here: succeeded, failed or cancelled.";
        trigger_fires: "audience_trigger_fires" ["state"] "Fires of triggers that were decided here: started, queued, skipped, ignored or failed.";
        jobs_rescued: "audience_jobs_rescued" [] "Jobs taken away from processes that died or were frozen.";
        leases_lost: "audience_leases_lost" [] "Jobs that another process took over from this one.";
        batch_attempts: "audience_batch_attempts" ["kind, outcome"] "Attempts at batches that ended: completed, failed, outage, stopped or crashed.";
        batch_retries: "audience_batch_retries" ["kind, reason"] "Attempts that are made again: after failed, outage or crashed.";
        actor_restarts: "audience_actor_restarts" ["actor"] "Deaths of actors, but of batches, after which another one is started.";
        messages_sent: "audience_messages_sent" ["service"] "Messages that the broker has taken.";
        reports: "audience_reports" ["service, status, outcome"] "Reports of workers: done, same, refused or unknown.";
        dead_letters: "audience_dead_letters" ["service"] "Messages that could not be used or delivered.";
        broker_errors: "audience_broker_errors" ["client"] "Troubles of the producer and of the consumer with the broker.";
        scrape_runs: "audience_scrape_runs" ["scrape, state"] "Runs of scrapes that ended here: succeeded, unchanged or failed.";
        scrape_rows: "audience_scrape_rows" ["scrape"] "Scraped rows that were inserted or updated.";
        scrape_problems: "audience_scrape_problems" ["scrape"] "Values of scraped pages that could not be used.";
        brief_calls: "audience_brief_calls" ["platform, outcome"] "Calls of platforms: good, transient, rate_limited, refused or failed.";
        brief_retries: "audience_brief_retries" ["platform"] "Calls of platforms that were made again.";
        brief_hedges: "audience_brief_hedges" ["platform"] "Second calls for pages whose first one took long.";
        brief_pages: "audience_brief_pages" ["platform, state"] "Pages of briefs that ended here: done or failed.";
        brief_articles: "audience_brief_articles" ["platform"] "Articles of briefs that were stored, each once a brief.";
        predict_requests: "audience_predict_requests" ["model, version, outcome"] "Requests for predictions: answered, refused or failed.";
        predict_rows: "audience_predict_rows" ["model, version"] "Rows that were scored for callers and jobs.";
        shadow_rows: "audience_shadow_rows" ["model, version, shadow, outcome"] "Rows that a version in the shadow scored, too: same, different, failed or dropped.";
        pipeline_runs_ended: "audience_pipeline_runs_ended" ["project, state"] "Runs of projects that ended: succeeded, failed or cancelled.";
        pipeline_instances: "audience_pipeline_instances" ["project, action"] "Instances in the plans of the runs that were stored here, by what was to be done with them.";
        pipeline_log_bytes: "audience_pipeline_log_bytes" ["project"] "Bytes that commands have written to their logs.";
        log_lines: "audience_log_lines" ["level"] "Lines that were logged.";
        log_lines_dropped: "audience_log_lines_dropped" [] "Lines of jobs that were not stored: too many, or the store would not take them.";
        dropped: "audience_telemetry_dropped" ["signal"] "Spans and log lines that were dropped, for the collector did not take them in time.";
        export_failures: "audience_telemetry_export_failures" ["signal"] "Exports that the collector did not take: traces, metrics or logs.";
    }
    timings {
        slice_duration: "audience_slice_duration_seconds" ["stage"] "What a slice took to read, to match and to write.";
        publish_duration: "audience_publish_duration_seconds" [] "What publishing a task took.";
        job_duration: "audience_job_duration_seconds" ["flow, state"] "From storing a job that runs here to its end.";
        pipeline_command_duration: "audience_pipeline_command_duration_seconds" ["project, outcome"] "From the start of an attempt's first command to the end of its last: succeeded, failed, timed_out, stopped or lost.";
        brief_export_duration: "audience_brief_export_duration_seconds" ["outcome"] "What making the zip of a brief took: made or failed.";
        predict_duration: "audience_predict_duration_seconds" ["model, version"] "What scoring the rows of a request took.";
        http_duration: "audience_http_request_duration_seconds" ["operation, method, status"] "From a request's head to its answer's.";
        store_transaction: "audience_store_transaction_duration_seconds" [] "Transactions of the engine's own database, with everything that shares one.";
    }
    gauges {
        Jobs: "audience_jobs" ["flow, state"] "Jobs that have not ended: blocked, queued, running or parked.";
        QueueAge: "audience_queue_age_seconds" [] "How long the oldest waiting job has waited.";
        TaskProgress: "audience_task_progress_ratio" ["slot, flow, step"] "How much of its present step a running task has done, 0 to 1.";
        TaskRate: "audience_task_rows_per_second" ["slot, flow, step"] "Rows that a running task does in a second.";
        TaskEta: "audience_task_eta_seconds" ["slot, flow, step"] "When the present step is done, at the present pace.";
        TaskIdle: "audience_task_idle_seconds" ["slot, flow, step"] "How long ago a running task last moved.";
        Actors: "audience_actors" ["actor"] "Living actors.";
        Mailbox: "audience_mailbox_messages" ["actor"] "Messages that wait for actors of a kind.";
        Leases: "audience_leases" [] "Jobs that this process holds.";
        OutboxMessages: "audience_outbox_messages" [] "Messages that are to be sent.";
        OutboxAge: "audience_outbox_age_seconds" [] "How long the oldest of those has waited that could be sent by now.";
        DispatchTasks: "audience_dispatch_tasks" ["service, status"] "Tasks for outside workers that wait or run.";
        DispatchOldest: "audience_dispatch_oldest_seconds" ["service, status"] "How long ago the oldest of those was created (waiting) or began (running).";
        ReplyLag: "audience_dispatch_reply_lag_messages" ["topic"] "Answers of workers that the reply group has not read.";
        ScrapeAge: "audience_scrape_age_seconds" ["scrape"] "How long ago a run of a scrape last went well.";
        ScrapeStale: "audience_scrape_stale" ["scrape"] "Whether a scrape is stale: 1, or 0.";
        BriefBreaker: "audience_brief_breaker" ["platform"] "Whether a platform is asked: 0, or 1 on trial, or 2 while its breaker is open.";
        BriefPaused: "audience_brief_paused_seconds" ["platform"] "For how long a platform has asked not to be asked; 0: it has not.";
        ModelsLoaded: "audience_models_loaded" [] "Versions of models in memory.";
        ModelBytes: "audience_models_bytes" [] "Bytes of the packages of those versions.";
        PipelineRuns: "audience_pipeline_runs" ["project"] "Runs that have not ended.";
        PipelineSlots: "audience_pipeline_slots_held" ["project, resource"] "Slots that running jobs hold, of resources and of tasks with `at_once`.";
        HttpInFlight: "audience_http_requests_in_flight" [] "Requests that are being answered.";
        Connections: "audience_database_connections" ["state"] "Connections to the engine's database: used or idle.";
        Memory: "audience_process_memory_bytes" [] "Resident memory of this process.";
        MemoryPeak: "audience_process_memory_peak_bytes" [] "The most that it had.";
        Started: "audience_process_start_time_seconds" [] "When this process started, in seconds since 1970.";
        Build: "audience_build_info" ["version"] "Always 1.";
    }
    totals {
        Cpu: "audience_process_cpu_seconds" [] "Processor time that this process used.";
    }
}

/// Everything that measures.
struct Measuring {
    metrics: Metrics,
    provider: SdkMeterProvider,
    reader: SharedReader,
}

static MEASURING: OnceLock<Measuring> = OnceLock::new();

/// Requests in progress: counted by the handlers, shown on demand.
pub static HTTP_IN_FLIGHT: AtomicI64 = AtomicI64::new(0);

static OBSERVED: LazyLock<Mutex<BTreeMap<Gauge, Vec<Sample>>>> = LazyLock::new(Mutex::default);

fn observed() -> MutexGuard<'static, BTreeMap<Gauge, Vec<Sample>>> {
    OBSERVED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what a gauge shows from now on.
pub fn observe(gauge: Gauge, samples: Vec<Sample>) {
    observed().insert(gauge, samples);
}

/// The instruments.
pub fn metrics() -> &'static Metrics {
    &measuring(|builder| builder).metrics
}

/// The first call decides where else metrics go.
pub(super) fn start(with: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder) {
    measuring(with);
}

pub(super) fn shut_down(patience: std::time::Duration) {
    if let Some(measuring) = MEASURING.get() {
        measuring.provider.shutdown_with_timeout(patience).ok();
    }
}

pub(super) fn reader() -> &'static SharedReader {
    &measuring(|builder| builder).reader
}

fn measuring(
    with: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder,
) -> &'static Measuring {
    MEASURING.get_or_init(|| {
        own_process::remember_start();
        let reader = SharedReader::new(ManualReader::builder().build());
        let provider = with(SdkMeterProvider::builder().with_reader(reader.clone())).build();
        let meter = provider.meter("audience");
        for gauge in Gauge::ALL {
            let shows = *gauge;
            let name = shows.name();
            let callback = move |observer: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
                for sample in observed().get(&shows).into_iter().flatten() {
                    let labels: Vec<_> = sample
                        .labels
                        .iter()
                        .map(|(name, value)| (*name, value.as_str()))
                        .collect();
                    observer.observe(sample.value, &key_values(&labels));
                }
            };
            match Gauge::TOTALS.contains(&shows) {
                true => drop(
                    meter
                        .f64_observable_counter(name)
                        .with_description(shows.about())
                        .with_callback(callback)
                        .build(),
                ),
                false => drop(
                    meter
                        .f64_observable_gauge(name)
                        .with_description(shows.about())
                        .with_callback(callback)
                        .build(),
                ),
            }
        }
        let metrics = Metrics::of(&meter);
        metrics.begin_at_zero();
        Measuring {
            metrics,
            provider,
            reader,
        }
    })
}

impl Metrics {
    /// A series that only appears with its first event hides that event from rates.
    fn begin_at_zero(&self) {
        for counter in [
            &self.rows_read,
            &self.rows_labelled,
            &self.rows_published,
            &self.bytes_read,
            &self.jobs_rescued,
            &self.leases_lost,
            &self.log_lines_dropped,
        ] {
            counter.add(0, &[]);
        }
        for signal in ["traces", "metrics", "logs"] {
            self.export_failures.add(0, &[("signal", signal)]);
        }
        for signal in ["traces", "logs"] {
            self.dropped.add(0, &[("signal", signal)]);
        }
        for level in ["error", "warn", "info"] {
            self.log_lines.add(0, &[("level", level)]);
        }
        for client in ["producer", "consumer"] {
            self.broker_errors.add(0, &[("client", client)]);
        }
    }
}

fn key_values(labels: Labels<'_>) -> Vec<KeyValue> {
    labels
        .iter()
        .map(|(name, value)| KeyValue::new(*name, (*value).to_owned()))
        .collect()
}
