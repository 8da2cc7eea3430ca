//! The page with every span, metric and field: written from the lists that the code uses, so that it
//! cannot say anything else.

use std::fmt::Write as _;

use super::fields::FIELDS;
use super::metrics::{BOUNDARIES, METRICS, Shape};
use super::names::{SPAN_EVENTS, SPANS};

const HEAD: &str = "\
# Every span, metric and log field

Written by `UPDATE_REFERENCE=1 cargo test reference` from `src/telemetry`; a test fails when it is not
up to date.
";

/// As Markdown.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    spans(&mut page);
    metrics(&mut page);
    fields(&mut page);
    page
}

fn spans(page: &mut String) {
    page.push_str(
        "\n## Spans\n\nOne trace a job. `service.name` is `audience`, the tracer's name, too.\n\n\
         | span | kind | parent | meaning | attributes |\n| --- | --- | --- | --- | --- |\n",
    );
    for span in SPANS {
        let attributes = spelled(span.attributes);
        let (name, kind, parent, about) = (span.name, span.kind, span.parent, span.about);
        writeln!(
            page,
            "| `{name}` | {kind} | {parent} | {about} | {attributes} |"
        )
        .ok();
    }
    page.push_str(
        "\nWhat went wrong is the span's status, with its reason.\n\n\
         | event | in | meaning | attributes |\n| --- | --- | --- | --- |\n",
    );
    for (name, span, about, attributes) in SPAN_EVENTS {
        writeln!(
            page,
            "| `{name}` | `{span}` | {about} | {} |",
            spelled(attributes)
        )
        .ok();
    }
}

fn metrics(page: &mut String) {
    page.push_str(
        "\n## Metrics\n\nAt `/metrics`, and over OTLP by the same names, there without `_total`. Labels have few \
         values: never an id.\n\n\
         | metric | type | labels | meaning |\n| --- | --- | --- | --- |\n",
    );
    for metric in METRICS {
        let (suffix, shape) = match metric.shape {
            Shape::Counter => ("_total", "counter"),
            Shape::Histogram => ("", "histogram"),
            Shape::Gauge => ("", "gauge"),
        };
        let labels = spelled(metric.labels);
        writeln!(
            page,
            "| `{}{suffix}` | {shape} | {labels} | {} |",
            metric.name, metric.about
        )
        .ok();
    }
    let bounds: Vec<String> = BOUNDARIES.iter().map(f64::to_string).collect();
    writeln!(
        page,
        "\nBuckets of histograms, in seconds: {}. In the OpenMetrics form, which Prometheus asks for, they \
         come with exemplars that name a trace.",
        bounds.join(", ")
    )
    .ok();
}

fn fields(page: &mut String) {
    page.push_str(
        "\n## Fields of log lines\n\nBeside `timestamp`, `level`, `message` and `target`.\n\n\
         | field | is |\n| --- | --- |\n",
    );
    for (name, about) in FIELDS {
        writeln!(page, "| `{name}` | {about} |").ok();
    }
}

fn spelled(names: &str) -> String {
    let names = names.split(", ").filter(|name| !name.is_empty());
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_reference_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("observability/REFERENCE.md");
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::write(&path, reference()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == reference(),
            "observability/REFERENCE.md is out of date: UPDATE_REFERENCE=1 cargo test reference"
        );
    }
}
