//! Traces, as a collector gets them.

use serde_json::Value;

use super::receiver::{Receiver, Trace};
use super::server::{Served, is_under_way};
use crate::support::wait_for;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Once the last span is there that a finished task tells.
async fn whole(receiver: &Receiver, job: &str) -> Trace {
    wait_for("the whole trace", async || {
        let trace = receiver.trace_of(job);
        let is_last = |span: &&Value| span["attributes"]["job.state"] == "succeeded";
        let ended = trace.named("task labelling").iter().any(is_last);
        ended.then_some(trace)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_one_connected_trace_from_the_request_to_the_stages_of_its_slices() {
    let receiver = Receiver::start(&[]);
    let mut served = Served::with_rows(2_000);
    served.settings["telemetry"] = serde_json::json!({
        "endpoint": receiver.endpoint, "headers": { "x-tenant": "us" }, "metrics_every_s": 1,
    });
    let server = served
        .start("first", &[("OTEL_SERVICE_NAME", "named")])
        .await;
    let (job, returned) = server.submit(Some(CALLER)).await;
    assert_eq!(returned[..36], CALLER[..36]);
    assert_ne!(returned, CALLER);
    server.wait_until_ended(&job).await;
    let trace = whole(&receiver, &job).await;

    assert!(trace.0.iter().all(|span| span["trace_id"] == CALLER[3..35]));
    trace.is_connected("POST /v1/jobs");
    let [request] = trace.named("POST /v1/jobs")[..] else {
        panic!("one request")
    };
    assert_eq!(request["parent_span_id"], CALLER[36..52]);
    assert_eq!(request["span_id"], returned[36..52]);
    assert_eq!(request["attributes"]["http.response.status_code"], 202);
    assert_eq!(request["resource"]["service.name"], "named");
    let [task] = trace.named("task labelling")[..] else {
        panic!("one task")
    };
    assert_eq!(trace.parent_of(task)["name"], "submit labelling");
    assert_eq!(trace.parent_of(trace.parent_of(task)), request);
    for attempt in trace
        .named("label batch")
        .into_iter()
        .chain(trace.named("publish batch"))
    {
        assert_eq!(trace.parent_of(attempt), task);
        assert_eq!(attempt["attributes"]["attempt.outcome"], "completed");
    }
    let sum = |name: &str, key: &str| -> i64 {
        let spans = trace.named(name).into_iter();
        spans
            .map(|span| span["attributes"][key].as_i64().unwrap())
            .sum()
    };
    assert_eq!(sum("slice", "rows.read"), 2_000);
    for stage in ["read", "match", "write"] {
        assert_eq!(trace.count(stage), trace.count("slice"));
    }
    assert_eq!(trace.count("publish rows"), 1);
    let rows = server
        .metric("audience_rows_published_total")
        .await
        .unwrap();
    assert_eq!(sum("publish rows", "rows.published") as f64, rows);

    let metrics = wait_for("metrics", async || {
        let metrics = receiver.of("metric");
        metrics
            .iter()
            .any(|metric| metric["name"] == "audience_rows_read")
            .then_some(metrics)
    })
    .await;
    assert!(
        metrics
            .iter()
            .any(|metric| metric["name"] == "audience_actors")
    );
    assert!(
        receiver
            .of("export")
            .iter()
            .all(|export| export["headers"]["x-tenant"] == "us")
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_killed_and_goes_on_is_one_connected_trace() {
    let receiver = Receiver::start(&[]);
    let mut served = Served::with_rows(20_000);
    served.settings["labelling"]["rows_per_slice"] = 20.into();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint.as_str())];
    let mut first = served.start("first", &variables).await;
    let (job, _) = first.submit(None).await;
    let store = served.store().await;
    // What was told within the last moment before a kill is lost: that the task was submitted must not be.
    wait_for("the task moves and is known to the receiver", async || {
        let known = receiver.trace_of(&job).count("slice") > 0;
        (known && is_under_way(&store, &job).await).then_some(())
    })
    .await;
    first.program.kill();
    let second = served.start("second", &variables).await;
    second.wait_until_ended(&job).await;
    let trace = whole(&receiver, &job).await;

    trace.is_connected("POST /v1/jobs");
    let tasks = trace.named("task labelling");
    let of_epoch = |epoch: i64| {
        let found = tasks
            .iter()
            .find(|task| task["attributes"]["epoch"] == epoch);
        *found.unwrap()
    };
    let (before, after) = (of_epoch(1), of_epoch(2));
    assert_eq!(tasks.len(), 2);
    assert_eq!(before["status_message"], "its process is gone");
    assert_eq!(before["events"][0]["name"], "process.ended");
    assert_eq!(after["links"][0]["span_id"], before["span_id"]);
    assert_eq!(after["events"][0]["name"], "job.rescued");
    let outcomes: Vec<&Value> = trace
        .named("label batch")
        .iter()
        .map(|span| &span["attributes"]["attempt.outcome"])
        .collect();
    assert!(
        outcomes.iter().any(|outcome| *outcome == "crashed"),
        "{outcomes:?}"
    );
    assert!(
        outcomes.iter().any(|outcome| *outcome == "completed"),
        "{outcomes:?}"
    );
    assert_eq!(
        second.metric("audience_jobs_rescued_total").await,
        Some(1.0)
    );
    let crashed = "audience_batch_attempts_total{kind=\"label\",outcome=\"crashed\"}";
    assert_eq!(second.metric(crashed).await, Some(1.0));
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sampled_is_not_sent() {
    let receiver = Receiver::start(&[]);
    let served = Served::with_rows(100);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint.as_str()),
        ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
    ];
    let server = served.start("first", &variables).await;
    let (job, returned) = server.submit(None).await;
    server.wait_until_ended(&job).await;
    assert!(returned.ends_with("-00"), "{returned}");
    // A caller who keeps its trace wants ours, too.
    let (kept, returned) = server.submit(Some(CALLER)).await;
    assert!(returned.ends_with("-01"), "{returned}");
    server.wait_until_ended(&kept).await;
    whole(&receiver, &kept).await;
    assert!(receiver.trace_of(&job).0.is_empty());
    server.stop().await;
    // Unless nobody is asked.
    let variables = [variables[0], ("OTEL_TRACES_SAMPLER", "always_off")];
    let server = served.start("second", &variables).await;
    let (_, returned) = server.submit(Some(CALLER)).await;
    assert!(returned.ends_with("-00"), "{returned}");
    server.stop().await;
}

/// What the server says of exports, in all its log.
fn complaints(server: &super::server::Server) -> usize {
    let log = std::fs::read_to_string(&server.log).unwrap();
    log.matches("the collector does not take").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_absent_slow_or_refusing_is_mentioned_once_and_keeps_nobody_waiting() {
    let refusing = Receiver::start(&["--refuse"]);
    let slow = Receiver::start(&["--delay", "3"]);
    for (name, endpoint, complains) in [
        ("absent", "http://127.0.0.1:1", true),
        ("refusing", refusing.endpoint.as_str(), true),
        ("slow", slow.endpoint.as_str(), false),
    ] {
        let served = Served::with_rows(1_000);
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_METRIC_EXPORT_INTERVAL", "300"),
        ];
        let server = served.start(name, &variables).await;
        for _ in 0..3 {
            let (job, _) = server.submit(None).await;
            let ended = server.wait_until_ended(&job).await;
            assert_eq!(ended["state"], "succeeded", "{name}");
        }
        if complains {
            let series = "audience_telemetry_export_failures_total{signal=\"metrics\"}";
            wait_for("several exports fail", async || {
                server.metric(series).await.filter(|count| *count >= 2.0)
            })
            .await;
            // Once for each signal at most.
            assert!((1..=3).contains(&complaints(&server)), "{name}");
        }
        server.stop().await;
    }
}
