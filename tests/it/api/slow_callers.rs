//! Callers that take what is sent slowly or not at all, or keep for themselves what others need.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::http2::{
    DATA, END_HEADERS, END_STREAM, HEADERS, Http2, PING, PREFACE, SETTINGS, frame, head,
};
use super::limits::{HALF, LIVEZ, SLOW_BODY, answered, lease, rest, sent, start, with_service};
use crate::support::{TestApp, wait_for};

async fn is_served(app: &TestApp) {
    let mut own = sent(app, LIVEZ).await;
    let answer = answered(&mut own).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_of_http2_that_takes_nothing_is_given_up() {
    let app = start(|settings| settings.server.idle_s = 1).await;
    for path in ["/docs", "/livez", "/nothing"] {
        let mut caller = Http2::without_window(&app).await;
        caller.get(1, path).await;
        caller.answered(1).await;
        caller.rest().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_http2_that_take_nothing_make_room() {
    let app = start(|settings| settings.server.connections_max = 16).await;
    let mut others = Vec::new();
    for _ in 0..40 {
        let mut caller = Http2::without_window(&app).await;
        caller.get(1, "/docs").await;
        caller.answered(1).await;
        others.push(caller);
        is_served(&app).await;
    }
    wait_for("one of them makes room for more than health", async || {
        (app.get("/v1/jobs").await.0 == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_http2_has_a_limited_number_of_requests() {
    const MAX_CONCURRENT_STREAMS: [u8; 2] = [0, 3];
    let app = start(|_| {}).await;
    let mut caller = Http2::without_window(&app).await;
    let settings = loop {
        let (kind, flags, _, payload) = caller.next().await;
        if kind == SETTINGS && flags == 0 {
            break payload;
        }
    };
    let mut settings = settings.chunks(6);
    let most = settings.find(|setting| setting[..2] == MAX_CONCURRENT_STREAMS);
    assert_eq!(most.unwrap()[2..], [0, 0, 0, 100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_http2_that_does_not_come_to_its_end_is_not_waited_for() {
    let app = start(|settings| settings.server.header_timeout_s = 1).await;
    let mut caller = Http2::without_window(&app).await;
    caller
        .send(&frame(HEADERS, END_STREAM, 1, &head("GET", "/livez")))
        .await;
    let bytes = caller.rest().await;
    assert!(!bytes.windows(8).any(|part| part == b"HTTP/1.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preface_of_http2_may_come_in_two_parts() {
    let app = start(|settings| settings.server.header_timeout_s = 1).await;
    let mut caller = Http2::connect(&app).await;
    caller.0.set_nodelay(true).unwrap();
    caller.send(&PREFACE[..3]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    caller.send(&PREFACE[3..]).await;
    caller.send(&frame(SETTINGS, 0, 0, &[])).await;
    caller.get(1, "/livez").await;
    while caller.next().await.0 != DATA {}
    tokio::time::sleep(Duration::from_millis(100)).await;
    caller.send(&frame(PING, 0, 0, b"12345678")).await;
    // Longer than a head may take.
    tokio::time::sleep(Duration::from_secs(2)).await;
    caller.get(3, "/livez").await;
    caller.answered(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_second_request_may_take_as_long_as_that_of_the_first() {
    let app = start(|settings| settings.server.header_timeout_s = 1).await;
    let mut caller = sent(&app, &format!("{LIVEZ}{HALF}")).await;
    let all = tokio::time::timeout(Duration::from_secs(60), rest(&mut caller)).await;
    let all = all.expect("it is waited for");
    assert!(all.starts_with("HTTP/1.1 200 "), "{all}");
    assert!(all.contains("HTTP/1.1 408 "), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_bodies_keep_nobody_from_an_answer() {
    let app = start(|settings| settings.server.requests_max = 4).await;
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..8 {
        slow.push(sent(&app, SLOW_BODY).await);
    }
    let mut streams = Http2::without_window(&app).await;
    for stream in 0..8 {
        let head = head("POST", "/v1/jobs");
        let opened = frame(HEADERS, END_HEADERS, 2 * stream + 1, &head);
        streams.send(&opened).await;
    }
    wait_for("all of them are waited for", async || {
        let metrics = app.http.get(app.url("/metrics")).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        let in_flight = "audience_http_requests_in_flight ";
        let mut lines = metrics.lines();
        let count = lines.find_map(|line| line.strip_prefix(in_flight)).unwrap();
        (count.parse::<f64>().unwrap() >= 16.0).then_some(())
    })
    .await;
    for _ in 0..20 {
        assert_eq!(app.get("/v1/jobs").await.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_answered_while_all_connections_are_being_served() {
    let app = start(|settings| {
        settings.server.connections_max = 16;
        with_service(settings);
    })
    .await;
    let mut waiting = Vec::new();
    wait_for("all connections are being served", async || {
        // One that has not been read yet may be closed for the other.
        waiting.push(sent(&app, &lease(50)).await);
        let mut other = sent(&app, "GET /v1/jobs HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        let answer = answered(&mut other).await;
        answer.starts_with("HTTP/1.1 503 ").then(|| {
            assert!(answer.contains("retry-after: 5"), "{answer}");
        })
    })
    .await;
    for _ in 0..20 {
        is_served(&app).await;
    }
}

/// A stream of events of a job that does not end.
async fn stream(app: &TestApp, job: &str) -> (TcpStream, String) {
    let text = format!("GET /v1/jobs/{job}/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut stream = sent(app, &text).await;
    let mut head = vec![0; 13];
    stream.read_exact(&mut head).await.unwrap();
    (stream, String::from_utf8(head).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_leave_room_for_others_and_end_with_their_callers() {
    let app = start(|settings| {
        settings.server.connections_max = 16;
        with_service(settings);
    })
    .await;
    let body = serde_json::json!({ "data": { "service": "aaa", "condition": {} } });
    let (_, created) = app.post("/api/create_task", &body).await;
    let job = created["task_id"].as_str().unwrap();
    let job = job.rsplit_once('_').map_or(job, |(_, id)| id);
    let mut open = Vec::new();
    for _ in 0..30 {
        let (stream, status) = stream(&app, job).await;
        if status.starts_with("HTTP/1.1 200 ") {
            open.push(stream);
        }
    }
    assert_eq!(open.len(), 8, "half of all connections");
    assert_eq!(app.get("/v1/jobs").await.0, 200);
    drop(open);
    wait_for("the streams have ended", async || {
        let (_, status) = stream(&app, job).await;
        status.starts_with("HTTP/1.1 200 ").then_some(())
    })
    .await;
}
