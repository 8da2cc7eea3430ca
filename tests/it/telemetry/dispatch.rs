//! The trace of a task that an outside worker does.

use serde_json::{Value, json};

use super::receiver::{Receiver, Trace};
use super::server::{Served, Server};
use crate::broker::{own_topics, shared};
use crate::dispatch::workers::in_python;
use crate::support::wait_for;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn dispatching(topics: &str, broker: &str) -> Served {
    let mut served = Served::with_rows(1);
    served.settings["service"] = json!(["aaa"]);
    served.settings["source_db"] = json!({ "aaa": {
        "source_name": "mongo", "topic_name": format!("{topics}mq_aaa"),
        "consumer_id": format!("{topics}c_aaa"), "reply_topic": format!("{topics}replies"),
    } });
    served.settings["mq_conf"] = json!({
        "bootstrap_servers": [broker], "reply_group": format!("{topics}audience"),
        "dead_letter_topic": format!("{topics}dead"),
    });
    served
}

async fn create(server: &Server) -> (String, String) {
    let body = json!({ "data": { "service": "aaa", "condition": { "no": 1 } } });
    let (answer, _) = server.post("/api/create_task", &body, Some(CALLER)).await;
    let task = answer["task_id"].as_str().unwrap().to_owned();
    let job = task.rsplit_once('_').unwrap().1.to_owned();
    (task, job)
}

/// The trace, once the worker's last report is in it.
async fn whole(receiver: &Receiver, job: &str) -> Trace {
    wait_for("the whole trace", async || {
        let trace = receiver.trace_of(job);
        let is_last = |span: &&Value| span["attributes"]["status"] == "finished";
        let ended = trace.named("report").iter().any(is_last);
        ended.then_some(trace)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_trip_over_kafka_is_one_connected_trace() {
    let (broker, receiver) = (shared(), Receiver::start(&[]));
    let topics = own_topics(&broker).await;
    let served = dispatching(&topics, broker.plain());
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint.as_str())];
    let server = served.start("first", &variables).await;
    let (topic, group) = (format!("{topics}mq_aaa"), format!("{topics}c_aaa"));
    let replies = format!("{topics}replies");
    let arguments = [
        "--kafka",
        broker.plain(),
        "--topic",
        &topic,
        "--group",
        &group,
        "--reply-topic",
        &replies,
    ];
    let _worker = in_python(&arguments);
    let (_, job) = create(&server).await;
    let trace = whole(&receiver, &job).await;

    assert!(trace.0.iter().all(|span| span["trace_id"] == CALLER[3..35]));
    trace.is_connected("POST /api/create_task");
    let [sent] = trace.named(&format!("send {topic}"))[..] else {
        panic!("one message")
    };
    assert_eq!(trace.parent_of(sent)["name"], "submit dispatch");
    let reports = trace.named("report");
    assert_eq!(reports.len(), 2);
    for report in reports {
        // The worker sends the header of its message back.
        assert_eq!(report["parent_span_id"], sent["span_id"]);
        assert_eq!(report["attributes"]["outcome"], "done");
    }
    let series = "audience_reports_total{outcome=\"done\",service=\"aaa\",status=\"finished\"}";
    assert_eq!(server.metric(series).await, Some(1.0));
    assert_eq!(
        server
            .metric("audience_messages_sent_total{service=\"aaa\"}")
            .await,
        Some(1.0)
    );
    let ended = "audience_jobs_ended_total{flow=\"dispatch\",state=\"succeeded\"}";
    assert_eq!(server.metric(ended).await, Some(1.0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_over_http_is_part_of_its_tasks_trace_and_linked_to_its_request() {
    let receiver = Receiver::start(&[]);
    let mut served = dispatching("", "");
    served.settings.as_object_mut().unwrap().remove("mq_conf");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint.as_str())];
    let server = served.start("first", &variables).await;
    let (task, job) = create(&server).await;
    let mut requests = Vec::new();
    for status in ["running", "finished"] {
        let body = json!({ "data": { "task_id": task, "status": status } });
        let (_, returned) = server.post("/api/update_status_task", &body, None).await;
        requests.push(returned[36..52].to_owned());
    }
    let trace = whole(&receiver, &job).await;
    trace.is_connected("POST /api/create_task");
    let reports = trace.named("report");
    for (report, request) in reports.into_iter().zip(requests) {
        assert_eq!(trace.parent_of(report)["name"], "submit dispatch");
        assert_eq!(report["links"][0]["span_id"], request.as_str());
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_counted_by_service_and_those_of_removed_ones_are_named() {
    let mut served = dispatching("", "");
    served.settings.as_object_mut().unwrap().remove("mq_conf");
    let aaa = served.settings["source_db"]["aaa"].clone();
    served.settings["service"] = json!(["aaa", "bbb"]);
    served.settings["source_db"]["bbb"] = aaa;
    served.settings["source_db"]["bbb"]["concurrency"] = json!(2);
    let server = served.start("first", &[]).await;
    let (first, job) = create(&server).await;
    let (second, _) = create(&server).await;
    let lease = json!({ "max": 1 });
    let (leased, _) = server.post("/v1/dispatch/aaa/lease", &lease, None).await;
    assert_eq!(leased["tasks"][0]["task_id"], first.as_str());
    let series = |metric: &str, service: &str, status: &str| {
        format!("audience_dispatch_{metric}{{service=\"{service}\",status=\"{status}\"}}")
    };
    for status in ["waiting", "running"] {
        wait_for("the tasks are counted", async || {
            let count = server.metric(&series("tasks", "aaa", status)).await?;
            let oldest = server
                .metric(&series("oldest_seconds", "aaa", status))
                .await?;
            (count == 1.0 && oldest > 0.0 && oldest < 600.0).then_some(())
        })
        .await;
        for metric in ["tasks", "oldest_seconds"] {
            assert_eq!(
                server.metric(&series(metric, "bbb", status)).await,
                Some(0.0)
            );
        }
    }
    let log = std::fs::read_to_string(&server.log).unwrap();
    let named = "`bbb` has `concurrency` and no `running_timeout`: 86400 s apply";
    assert_eq!(log.matches(named).count(), 1, "{log}");
    let key = leased["tasks"][0]["lease"].as_str().unwrap();
    let shown: Value = serde_json::from_str(&server.get(&format!("/v1/jobs/{job}")).await).unwrap();
    let figures = &shown["figures"];
    assert_eq!(figures["task_id"], first.as_str());
    assert_eq!(
        (&figures["status"], &figures["attempt"]),
        (&json!("running"), &json!(1))
    );
    assert_eq!(figures["holder"], format!("HTTP lease {}…", &key[..8]));
    assert!(figures["deadline"].is_string());
    assert!(
        !shown.to_string().contains(key),
        "the key lets everybody report"
    );
    server.stop().await;

    served.settings["service"] = json!(["bbb"]);
    served.settings["source_db"]
        .as_object_mut()
        .unwrap()
        .remove("aaa");
    let server = served.start("second", &[]).await;
    let log = std::fs::read_to_string(&server.log).unwrap();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("is not set any more"))
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(
        lines[0].contains(&format!("{first}, {second};")),
        "{}",
        lines[0]
    );
    let ended = json!({ "data": { "task_id": second, "status": "failed", "message": "x" } });
    server.post("/api/update_status_task", &ended, None).await;
    server
        .post(&format!("/v1/jobs/{job}/cancel"), &json!({}), None)
        .await;
    server.wait_until_ended(&job).await;
    server.stop().await;
}
