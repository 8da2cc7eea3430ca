//! What a line holds and how it looks.

use std::sync::Arc;

use entity::LogLevel;
use serde_json::{Value, json};
use tracing::field::Empty;
use tracing::{error_span, info, warn};

use super::line::TEXT_BYTES_MAX;
use super::*;

const JOB: &str = "0190a0b0c0d0e0f00102030405060708";

/// The lines that are logged meanwhile.
fn logged(work: impl FnOnce()) -> Vec<Line> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&lines);
    let layer = LogLayer {
        hand_on: move |line| all.lock().unwrap().push(line),
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    lines.lock().unwrap().clone()
}

fn one(work: impl FnOnce()) -> Line {
    let lines = logged(work);
    assert_eq!(lines.len(), 1);
    lines.into_iter().next().unwrap()
}

fn line(message: &str, fields: &Value) -> Line {
    Line {
        at: 1_767_225_600_123_456,
        level: Level::WARN,
        target: "audience::test".to_owned(),
        message: message.to_owned(),
        fields: fields.as_object().unwrap().clone(),
    }
}

#[test]
fn a_line_has_the_fields_of_its_spans_and_its_own_go_before_them() {
    let line = one(|| {
        let job = error_span!(
            "job",
            job.id = JOB,
            trace_id = "a",
            span_id = Empty,
            step.no = 1
        );
        let _job = job.enter();
        job.record("span_id", "b");
        let _batch = error_span!("batch", batch.no = 7_u64, span_id = "c").entered();
        warn!(step.no = 2, share = 0.5, done = true, error = %"bad", "what {}", "happened");
    });
    assert_eq!(
        (line.message.as_str(), line.level),
        ("what happened", Level::WARN)
    );
    assert_eq!(line.target, "audience::telemetry::log::tests");
    let expected = json!({
        "job.id": JOB, "trace_id": "a", "span_id": "c", "step.no": 2, "batch.no": 7, "share": 0.5,
        "done": true, "error": "bad",
    });
    assert_eq!(Value::Object(line.fields.clone()), expected);
    let names: Vec<&String> = line.fields.keys().collect();
    assert_eq!(names[..4], ["job.id", "trace_id", "step.no", "span_id"]);
    assert!(logged(|| drop(error_span!("job", job.id = JOB).entered())).is_empty());
}

#[derive(Debug, thiserror::Error)]
#[error("failed to read")]
struct Failed(#[source] std::io::Error);

#[test]
fn an_error_is_told_with_its_causes() {
    let error = Failed(std::io::Error::other("the disk is gone"));
    let error: &(dyn std::error::Error + 'static) = &error;
    let line = one(|| warn!(error, "bad"));
    assert_eq!(line.fields["error"], "failed to read: the disk is gone");
}

#[test]
fn a_line_for_programs_is_one_object() {
    let fields = json!({ "job.id": JOB, "batch.no": 3, "level": "x", "error": "two\nlines \"a\"" });
    let text = line("it\thappened", &fields).json();
    let expected = format!(
        "{{\"timestamp\":\"2026-01-01T00:00:00.123456Z\",\"level\":\"WARN\",\
         \"message\":\"it\\thappened\",\"job.id\":\"{JOB}\",\"batch.no\":3,\"field.level\":\"x\",\
         \"error\":\"two\\nlines \\\"a\\\"\",\"target\":\"audience::test\"}}\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn a_line_for_people_is_one_line_that_leaves_the_terminal_alone() {
    let fields = json!({
        "job.id": JOB, "trace_id": "a", "span_id": "b", "batch.no": 3, "path": "/v1/jobs",
        "reason": "two\nlines \"a\" \u{1b}[2J", "empty": "", "is": true,
    });
    let line = line("it\nhappened: \"男\"", &fields);
    assert_eq!(
        line.plain(),
        format!(
            "2026-01-01T00:00:00.123Z  WARN it\\nhappened: \"男\" job.id={JOB} batch.no=3 path=/v1/jobs \
             reason=\"two\\nlines \\\"a\\\" \\u{{1b}}[2J\" empty=\"\" is=true\n"
        )
    );
    let coloured = line.coloured();
    assert!(coloured.starts_with("2026-01-01T00:00:00.123Z \u{1b}[33m WARN\u{1b}[0m it"));
    assert_eq!(coloured.matches('\u{1b}').count(), 2);
}

#[test]
fn what_reads_pages_says_nothing_unless_it_is_named() {
    for (level, is_off) in [
        ("info", true),
        ("trace", true),
        ("warn,audience=debug", true),
        ("info,html5ever=warn", false),
        ("info, html5ever=error", false),
    ] {
        let shown = filter(level).to_string();
        assert_eq!(shown.contains("html5ever=off"), is_off, "{shown}");
    }
}

#[test]
fn what_is_too_long_is_cut() {
    let long = "短".repeat(TEXT_BYTES_MAX);
    let line = one(|| info!(text = long, debug = ?long, "{long}"));
    for text in [
        &line.message,
        line.fields["text"].as_str().unwrap(),
        line.fields["debug"].as_str().unwrap(),
    ] {
        assert!(text.len() <= TEXT_BYTES_MAX + "…".len());
        assert!(text.ends_with("短…"));
    }
    let just = "x".repeat(TEXT_BYTES_MAX);
    assert_eq!(one(|| info!("{just}")).message, just);
}

/// One test, for all in this process take the same lines.
#[tokio::test]
async fn lines_about_a_job_are_kept_for_it_as_far_as_there_is_room() {
    let mut lines = job_lines();
    for id in [JOB, "none", ""] {
        keeping::keep(line("said", &json!({ "job.id": id, "batch.no": 1 })));
    }
    keeping::keep(line("said", &json!({ "job.id": 7 })));
    keeping::keep(line("said", &json!({ "batch.no": 1 })));
    let mut taken = Vec::new();
    lines.take(&mut taken, 10).await;
    lines.take_waiting(&mut taken, 10);
    let expected = JobLine {
        job: JOB.parse().unwrap(),
        at: 1_767_225_600_123_456,
        level: LogLevel::Warn,
        message: "said".to_owned(),
        fields: line("said", &json!({ "job.id": JOB, "batch.no": 1 })).fields,
    };
    assert_eq!(taken, [expected]);

    for _ in 0..10_005 {
        keeping::keep(line("said", &json!({ "job.id": JOB })));
    }
    taken.clear();
    lines.take_waiting(&mut taken, usize::MAX);
    assert_eq!(taken.len(), 10_000);
}
