//! Sends traces, metrics and logs to a collector: OTLP over gRPC.
//!
//! What cannot be sent is dropped: queues have a length, exports a time in which they have to end. That a
//! collector is away is logged once, and once that it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_otlp::{
    LogExporter, MetricExporter, SpanExporter, WithExportConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder as LogBatches, BatchLogProcessor, LogBatch, SdkLoggerProvider,
};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder as SpanBatches, BatchSpanProcessor, Sampler, SpanData, SpanProcessor,
};
use secrecy::ExposeSecret;
use tracing::{info, warn};
use uuid::Uuid;

use super::metrics::metrics;
use super::queue::{LINES, SPANS};
use super::trace::{self, Tracer};
use crate::clock;
use crate::settings::{SignalVariables, TelemetrySettings};

/// Soon enough that little is lost with a process that is killed.
const SEND_AFTER: Duration = Duration::from_millis(200);

/// About ten megabytes of spans.
const SPANS_WAITING: usize = 8_192;
const LINES_WAITING: usize = 8_192;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[error(
    "{signal} cannot be sent: {reason} (setting `telemetry.endpoint` or OTEL_EXPORTER_OTLP_ENDPOINT)"
)]
pub struct OtlpError {
    signal: &'static str,
    reason: String,
}

/// Who we are, for those who get everything.
pub(super) fn resource(settings: &TelemetrySettings) -> Resource {
    let builder = Resource::builder();
    // The variable takes precedence over the setting; the builder has read it.
    let builder = match settings.standard.service_name {
        true => builder,
        false => builder.with_service_name(settings.service_name.clone()),
    };
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = builder.with_attribute(version);
    if settings.standard.instance {
        return builder.build();
    }
    let own = KeyValue::new("service.instance.id", Uuid::new_v4().to_string());
    builder.with_attribute(own).build()
}

/// Has to be called in a tokio runtime: that is where connections live.
pub(super) fn start_traces(
    settings: &TelemetrySettings,
    resource: &Resource,
) -> Result<(), OtlpError> {
    let exporter = configured(
        SpanExporter::builder().with_tonic(),
        settings,
        &settings.standard.traces,
    )
    .build()
    .map_err(failed("traces"))?;
    let room = settings.standard.spans_waiting.unwrap_or(SPANS_WAITING);
    SPANS.holds(room);
    let mut batches = SpanBatches::default().with_max_queue_size(room);
    if !settings.standard.bsp_delay {
        batches = batches.with_scheduled_delay(SEND_AFTER);
    }
    let exporter = Watched {
        inner: exporter,
        watch: Watch::of("traces"),
    };
    let mut processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches.build())
        .build();
    processor.set_resource(resource);
    trace::install(Tracer {
        processor,
        sampler: match settings.sampling {
            1.0 => Sampler::AlwaysOn,
            share => Sampler::TraceIdRatioBased(share),
        },
        callers_decide: settings.standard.callers_decide,
        scope: InstrumentationScope::builder("audience")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    });
    Ok(())
}

pub(super) fn metrics_reader(
    settings: &TelemetrySettings,
) -> Result<PeriodicReader<impl PushMetricExporter>, OtlpError> {
    let exporter = configured(
        MetricExporter::builder().with_tonic(),
        settings,
        &settings.standard.metrics,
    )
    .build()
    .map_err(failed("metrics"))?;
    let reader = PeriodicReader::builder(Watched {
        inner: exporter,
        watch: Watch::of("metrics"),
    });
    let reader = match settings.standard.metrics_interval {
        true => reader,
        false => reader.with_interval(Duration::from_secs(settings.metrics_every_s)),
    };
    Ok(reader.build())
}

pub(super) fn logger(
    settings: &TelemetrySettings,
    resource: &Resource,
) -> Result<SdkLoggerProvider, OtlpError> {
    let exporter = configured(
        LogExporter::builder().with_tonic(),
        settings,
        &settings.standard.logs,
    )
    .build()
    .map_err(failed("logs"))?;
    let room = settings.standard.lines_waiting.unwrap_or(LINES_WAITING);
    LINES.holds(room);
    let mut batches = LogBatches::default().with_max_queue_size(room);
    if !settings.standard.blrp_delay {
        batches = batches.with_scheduled_delay(SEND_AFTER);
    }
    let exporter = Watched {
        inner: exporter,
        watch: Watch::of("logs"),
    };
    let processor = BatchLogProcessor::builder(exporter)
        .with_batch_config(batches.build())
        .build();
    let provider = SdkLoggerProvider::builder().with_log_processor(processor);
    Ok(provider.with_resource(resource.clone()).build())
}

fn configured<B: WithExportConfig + WithTonicConfig>(
    builder: B,
    settings: &TelemetrySettings,
    variables: &SignalVariables,
) -> B {
    let mut headers = HeaderMap::new();
    for (name, value) in &settings.headers {
        // They were looked at when the settings were checked.
        if let (Ok(name), Ok(mut value)) = (
            name.parse::<HeaderName>(),
            value.expose_secret().parse::<HeaderValue>(),
        ) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    let builder = builder.with_metadata(MetadataMap::from_headers(headers));
    match &settings.endpoint {
        Some(endpoint) if !variables.endpoint => builder.with_endpoint(endpoint),
        _ => builder,
    }
}

fn failed<E: std::fmt::Display>(signal: &'static str) -> impl Fn(E) -> OtlpError {
    move |error| OtlpError {
        signal,
        reason: error.to_string(),
    }
}

/// An exporter of which is logged when it stops working and when it works again.
#[derive(Debug)]
struct Watched<E> {
    inner: E,
    watch: Watch,
}

#[derive(Clone, Debug)]
struct Watch {
    signal: &'static str,
    is_away: Arc<AtomicBool>,
}

/// The program ends: what fails now is our own doing.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Called before everything is shut down.
pub(super) fn end() {
    IS_ENDING.store(true, Ordering::Relaxed);
}

/// Whether the collector has taken anything, and since when it is being tried; 0: not now.
static HAS_WORKED: AtomicBool = AtomicBool::new(false);
static TRIED_SINCE: AtomicI64 = AtomicI64::new(0);

/// How long a program that ends waits for what is left to be sent: not for a collector from which nothing
/// was ever heard.
pub(super) fn last_patience() -> Duration {
    const PATIENCE: Duration = Duration::from_secs(2);
    const NOT_KNOWN: Duration = Duration::from_millis(300);
    if HAS_WORKED.load(Ordering::Relaxed) {
        return PATIENCE;
    }
    let since = TRIED_SINCE.load(Ordering::Relaxed);
    let tried = clock::steady::now_micros() - since;
    match since != 0 && tried > NOT_KNOWN.as_micros() as i64 {
        true => Duration::ZERO,
        false => NOT_KNOWN,
    }
}

impl Watch {
    fn of(signal: &'static str) -> Self {
        Self {
            signal,
            is_away: Arc::default(),
        }
    }

    async fn watched(&self, export: impl Future<Output = OTelSdkResult>) -> OTelSdkResult {
        // Of several the first one counts.
        let (order, now) = (Ordering::Relaxed, clock::steady::now_micros());
        TRIED_SINCE.compare_exchange(0, now, order, order).ok();
        let result = export.await;
        let signal = self.signal;
        match &result {
            Ok(()) => {
                HAS_WORKED.store(true, Ordering::Relaxed);
                if self.is_away.swap(false, Ordering::Relaxed) {
                    info!(signal, "the collector takes what is sent again");
                }
            }
            Err(error) => {
                metrics().export_failures.add(1, &[("signal", signal)]);
                let is_new = !self.is_away.swap(true, Ordering::Relaxed);
                if is_new && !IS_ENDING.load(Ordering::Relaxed) {
                    let text = error.to_string();
                    let reason = text.rsplit("gRPC code: ").next().unwrap_or_default();
                    warn!(
                        signal,
                        error = reason,
                        "the collector does not take what is sent; it is dropped until it does"
                    );
                }
            }
        }
        result
    }
}

impl opentelemetry_sdk::trace::SpanExporter for Watched<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let result = self.watch.watched(self.inner.export(batch)).await;
        SPANS.leave(count, result.is_ok());
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl PushMetricExporter for Watched<MetricExporter> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.watch.watched(self.inner.export(metrics)).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}

impl opentelemetry_sdk::logs::LogExporter for Watched<LogExporter> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let count = batch.iter().count();
        let result = self.watch.watched(self.inner.export(batch)).await;
        LINES.leave(count, result.is_ok());
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
