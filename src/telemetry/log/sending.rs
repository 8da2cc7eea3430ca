//! Hands lines to the queue of those that are sent to a collector.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::{SpanId, TraceId};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use serde_json::Value;
use tracing::Level;

use super::line::Line;
use crate::telemetry::queue::LINES;
use crate::telemetry::trace;

/// What carries lines must not have its own carried, however much of it is logged.
const CARRIERS: [&str; 5] = ["opentelemetry", "h2", "tonic", "tower", "hyper"];

static LOGGER: OnceLock<(SdkLoggerProvider, SdkLogger)> = OnceLock::new();

/// Called once, when telemetry starts.
pub(in crate::telemetry) fn install(provider: SdkLoggerProvider) {
    let logger = provider.logger("audience");
    // A second one would be a second start, which changes nothing.
    LOGGER.set((provider, logger)).ok();
}

pub(in crate::telemetry) fn shut_down(patience: Duration) {
    if let Some((provider, _)) = LOGGER.get() {
        provider.shutdown_with_timeout(patience).ok();
    }
}

pub(super) fn send(line: &Line) {
    let Some((_, logger)) = LOGGER.get() else {
        return;
    };
    if CARRIERS
        .iter()
        .any(|carrier| line.target.starts_with(carrier))
    {
        return;
    }
    if !LINES.enter() {
        return;
    }
    let mut record = logger.create_log_record();
    record.set_timestamp(trace::time(line.at));
    record.set_observed_timestamp(SystemTime::now());
    record.set_severity_number(severity(line.level));
    record.set_severity_text(line.level.as_str());
    record.set_target(line.target.clone());
    record.set_body(line.message.clone().into());
    let span = span(line);
    if let Some((trace, span)) = span {
        record.set_trace_context(trace, span, None);
    }
    for (name, value) in &line.fields {
        let is_context = matches!(name.as_str(), "trace_id" | "span_id");
        if !(is_context && span.is_some()) {
            record.add_attribute(name.clone(), any(value));
        }
    }
    logger.emit(record);
}

/// The span in which the line was logged.
fn span(line: &Line) -> Option<(TraceId, SpanId)> {
    let digits = |name: &str| line.fields.get(name).and_then(Value::as_str);
    let trace = TraceId::from_hex(digits("trace_id")?).ok()?;
    let span = SpanId::from_hex(digits("span_id").unwrap_or_default()).ok();
    Some((trace, span.unwrap_or(SpanId::INVALID)))
}

fn severity(level: Level) -> Severity {
    match level {
        Level::ERROR => Severity::Error,
        Level::WARN => Severity::Warn,
        Level::INFO => Severity::Info,
        Level::DEBUG => Severity::Debug,
        Level::TRACE => Severity::Trace,
    }
}

fn any(value: &Value) -> AnyValue {
    match value {
        Value::Bool(value) => AnyValue::Boolean(*value),
        Value::String(value) => AnyValue::String(value.clone().into()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => AnyValue::Int(whole),
            (None, Some(number)) => AnyValue::Double(number),
            (None, None) => AnyValue::String(number.to_string().into()),
        },
        other => AnyValue::String(other.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::{InstrumentationScope, Key};
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
    use serde_json::json;

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Sent(Arc<Mutex<Vec<SdkLogRecord>>>);

    impl LogProcessor for Sent {
        fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
            self.0.lock().unwrap().push(record.clone());
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    #[test]
    fn a_record_says_what_the_line_says_in_its_trace() {
        let fields = json!({
            "job.id": "0190a0b0c0d0e0f00102030405060708", "batch.no": 3, "share": 0.5,
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7",
        });
        let line = Line {
            at: 1_767_225_600_123_456,
            level: Level::WARN,
            target: "audience::test".to_owned(),
            message: "it happened".to_owned(),
            fields: fields.as_object().unwrap().clone(),
        };
        let sent = Sent::default();
        let provider = SdkLoggerProvider::builder().with_log_processor(sent.clone());
        install(provider.build());
        send(&line);
        send(&Line {
            target: "h2::proto".to_owned(),
            ..line.clone()
        });
        let records = sent.0.lock().unwrap();
        assert_eq!(records.len(), 1, "what carries lines is not carried");
        let record = &records[0];
        assert_eq!(record.body(), Some(&"it happened".into()));
        assert_eq!(record.timestamp(), Some(trace::time(line.at)));
        assert!(record.observed_timestamp() > record.timestamp());
        assert_eq!(record.severity_number(), Some(Severity::Warn));
        assert_eq!(record.severity_text(), Some("WARN"));
        let context = record.trace_context().unwrap();
        assert_eq!(
            context.trace_id.to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert_eq!(context.span_id.to_string(), "00f067aa0ba902b7");
        let attributes: Vec<_> = record.attributes_iter().cloned().collect();
        let expected = [
            (
                Key::new("job.id"),
                "0190a0b0c0d0e0f00102030405060708".into(),
            ),
            (Key::new("batch.no"), AnyValue::Int(3)),
            (Key::new("share"), AnyValue::Double(0.5)),
        ];
        assert_eq!(attributes, expected);
    }
}
