//! The metrics as Prometheus reads them: the OpenMetrics text, with exemplars, or the older text without.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, Histogram, Metric, MetricData, ResourceMetrics,
};
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, ManualReader, Pipeline, Temporality};

use super::metrics::{Exemplar, METRICS, exemplars, reader};

/// How the text is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    OpenMetrics,
    Text,
}

impl Exposition {
    /// The form that this `Accept` header asks for.
    pub fn for_accept(accept: Option<&str>) -> Self {
        match accept {
            Some(accept) if accept.contains("application/openmetrics-text") => Self::OpenMetrics,
            _ => Self::Text,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// All metrics as they are now.
    pub fn render(self) -> String {
        super::metrics::observe_process();
        let mut found = ResourceMetrics::default();
        // It fails only once everything is shut down.
        reader().collect(&mut found).ok();
        let mut text = String::new();
        let mut all: Vec<&Metric> = found
            .scope_metrics()
            .flat_map(|scope| scope.metrics())
            .collect();
        let place = |metric: &Metric| METRICS.iter().position(|known| known.name == metric.name());
        all.sort_by_key(|metric| place(metric));
        for metric in all {
            self.metric(&mut text, metric);
        }
        if self == Self::OpenMetrics {
            text.push_str("# EOF\n");
        }
        text
    }

    fn metric(self, text: &mut String, metric: &Metric) {
        let AggregatedMetrics::F64(data) = metric.data() else {
            return;
        };
        let name = metric.name();
        let is_counter = matches!(data, MetricData::Sum(sum) if sum.is_monotonic());
        let kind = match data {
            MetricData::Histogram(_) => "histogram",
            _ if is_counter => "counter",
            _ => "gauge",
        };
        // In the older text a counter's family is named like its sample.
        let family = match (is_counter, self) {
            (true, Self::Text) => format!("{name}_total"),
            _ => name.to_owned(),
        };
        writeln!(text, "# HELP {family} {}", escaped(metric.description())).ok();
        writeln!(text, "# TYPE {family} {kind}").ok();
        match data {
            MetricData::Gauge(gauge) => {
                for point in gauge.data_points() {
                    sample(text, name, &labels(point.attributes()), point.value());
                }
            }
            MetricData::Sum(sum) => {
                let name = if is_counter {
                    format!("{name}_total")
                } else {
                    family
                };
                for point in sum.data_points() {
                    sample(text, &name, &labels(point.attributes()), point.value());
                }
            }
            MetricData::Histogram(histogram) => self.histogram(text, name, histogram),
            MetricData::ExponentialHistogram(_) => {}
        }
    }

    fn histogram(self, text: &mut String, name: &str, histogram: &Histogram<f64>) {
        for point in histogram.data_points() {
            let of = labels(point.attributes());
            let exemplars = exemplars_of(name, &of);
            let mut up_to = 0;
            let bounds = point.bounds().map(|bound| format!("{bound:?}"));
            let bounds = bounds.chain(["+Inf".to_owned()]);
            for (no, (bound, count)) in bounds.zip(point.bucket_counts()).enumerate() {
                up_to += count;
                let mut all = of.clone();
                all.push(("le".to_owned(), bound));
                write!(text, "{name}_bucket{} {up_to}", shown(&all)).ok();
                if self == Self::OpenMetrics
                    && let Some(exemplar) = exemplars.get(&no)
                {
                    let Exemplar {
                        trace_id,
                        seconds,
                        at,
                    } = exemplar;
                    let at = at
                        .duration_since(UNIX_EPOCH)
                        .unwrap_or_default()
                        .as_secs_f64();
                    write!(text, " # {{trace_id=\"{trace_id}\"}} {seconds} {at:.3}").ok();
                }
                text.push('\n');
            }
            sample(text, &format!("{name}_sum"), &of, point.sum());
            sample(text, &format!("{name}_count"), &of, point.count() as f64);
        }
    }
}

/// Of a series, by bucket. Old ones say nothing about what is going on.
fn exemplars_of(name: &str, of: &[(String, String)]) -> BTreeMap<usize, Exemplar> {
    const KEPT_FOR: Duration = Duration::from_secs(600);
    let Some(known) = METRICS.iter().find(|known| known.name == name) else {
        return BTreeMap::new();
    };
    let mut found = exemplars().get(&(known.name, of.to_vec())).cloned();
    let found = found.take().unwrap_or_default().into_iter();
    let now = SystemTime::now();
    let is_new = |exemplar: &Exemplar| {
        let age = now.duration_since(exemplar.at).unwrap_or_default();
        age < KEPT_FOR
    };
    found.filter(|(_, exemplar)| is_new(exemplar)).collect()
}

fn labels<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> Vec<(String, String)> {
    let mut labels: Vec<_> = attributes
        .map(|label| (name_of(label), label.value.to_string()))
        .collect();
    labels.sort();
    labels
}

/// Prometheus takes no other letters; the library has a label of its own with dots.
fn name_of(label: &KeyValue) -> String {
    let usual = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let letters = label.key.as_str().chars();
    letters
        .map(|letter| if usual(letter) { letter } else { '_' })
        .collect()
}

fn shown(labels: &[(String, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

fn sample(text: &mut String, name: &str, labels: &[(String, String)], value: f64) {
    writeln!(text, "{name}{} {value}", shown(labels)).ok();
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// A reader that both the provider and we hold.
#[derive(Clone, Debug)]
pub(super) struct SharedReader(Arc<ManualReader>);

impl SharedReader {
    pub(super) fn new(reader: ManualReader) -> Self {
        Self(Arc::new(reader))
    }
}

impl MetricReader for SharedReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, found: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(found)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::super::metrics::{Gauge, Sample, metrics, observe};
    use super::*;

    #[test]
    fn the_text_has_families_samples_and_an_end() {
        observe(
            Gauge::Jobs,
            vec![Sample::of(2.0).with("flow", "a\"b").with("state", "queued")],
        );
        metrics()
            .slice_duration
            .record(0.3, &[("stage", "read")], None);
        metrics().rows_read.add(7, &[]);
        let text = Exposition::Text.render();
        let has = |line: &str| assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        has("# TYPE audience_jobs gauge");
        has("audience_jobs{flow=\"a\\\"b\",state=\"queued\"} 2");
        has("# TYPE audience_rows_read_total counter");
        has("# TYPE audience_slice_duration_seconds histogram");
        has("audience_slice_duration_seconds_bucket{stage=\"read\",le=\"0.25\"} 0");
        has("audience_slice_duration_seconds_bucket{stage=\"read\",le=\"0.5\"} 1");
        has("audience_slice_duration_seconds_bucket{stage=\"read\",le=\"+Inf\"} 1");
        let open = Exposition::OpenMetrics.render();
        assert!(open.ends_with("# EOF\n"));
        assert!(open.contains("# TYPE audience_rows_read counter\naudience_rows_read_total "));
    }

    #[test]
    fn the_form_is_the_one_that_is_asked_for() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5";
        assert_eq!(
            Exposition::for_accept(Some(prometheus)),
            Exposition::OpenMetrics
        );
        assert_eq!(Exposition::for_accept(Some("*/*")), Exposition::Text);
        assert_eq!(Exposition::for_accept(None), Exposition::Text);
    }
}
