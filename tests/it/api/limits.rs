//! Callers that are slow, silent or too many.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use audience::systems::dispatch::settings::ServiceSettings;

use crate::support::{PATIENCE, TestApp, TestSettings, corpus};

pub(super) const LIVEZ: &str = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
pub(super) const HALF: &str = "GET /livez HTTP/1.1\r\nhost: local";
pub(super) const SLOW_BODY: &str = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\n\
                         content-type: application/json\r\ncontent-length: 100\r\n\r\n{";

pub(super) async fn start(change: fn(&mut TestSettings)) -> TestApp {
    TestApp::with().settings(change).start(&corpus(10)).await
}

pub(super) fn with_service(settings: &mut TestSettings) {
    settings.dispatch.service = vec!["aaa".to_owned()];
    settings.dispatch.source_db = [("aaa".to_owned(), ServiceSettings::default())].into();
}

/// A call that waits for a task for so many seconds.
pub(super) fn lease(wait_s: u32) -> String {
    let body = format!("{{\"wait_s\":{wait_s}}}");
    format!(
        "POST /v1/dispatch/aaa/lease HTTP/1.1\r\nhost: localhost\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) async fn sent(app: &TestApp, text: &str) -> TcpStream {
    let address = app.url("").replace("http://", "");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the server closes the connection.
pub(super) async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // It may be reset.
    stream.read_to_end(&mut text).await.ok();
    String::from_utf8(text).unwrap()
}

/// One answer, after which the connection stays open.
pub(super) async fn answered(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"}") {
        text.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_come_to_its_end_is_not_waited_for() {
    let app = start(|settings| {
        settings.server.header_timeout_s = 1;
        settings.server.body_idle_s = 1;
    })
    .await;
    for text in [HALF, SLOW_BODY] {
        let mut slow = sent(&app, text).await;
        let answer = rest(&mut slow).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{text}: {answer}");
        assert!(
            answer.to_lowercase().contains("connection: close"),
            "{answer}"
        );
        // Also as the second request of a connection.
        let mut second = sent(&app, LIVEZ).await;
        assert!(answered(&mut second).await.starts_with("HTTP/1.1 200 "));
        second.write_all(text.as_bytes()).await.unwrap();
        let answer = rest(&mut second).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{text}: {answer}");
    }
    // Bytes that come one by one make the head no shorter.
    let mut dripping = sent(&app, "GET /livez HTTP/1.1\r\nx: ").await;
    let began = Instant::now();
    let (mut read, mut write) = dripping.split();
    let drip = async {
        while write.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    tokio::select! {
        _ = read.read_to_end(&mut answer) => {}
        () = drip => {}
    }
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_on_which_nothing_happens_is_closed() {
    let app = start(|settings| settings.server.idle_s = 1).await;
    let mut silent = sent(&app, "").await;
    assert_eq!(rest(&mut silent).await, "");
    let mut served = sent(&app, LIVEZ).await;
    answered(&mut served).await;
    assert_eq!(rest(&mut served).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_slow_and_half_connections_make_room() {
    let app = start(|settings| settings.server.connections_max = 16).await;
    let mut others = Vec::new();
    for no in 0..60 {
        let text = ["", HALF, SLOW_BODY, LIVEZ][no % 4];
        others.push(sent(&app, text).await);
        let mut own = sent(&app, LIVEZ).await;
        assert!(
            answered(&mut own).await.starts_with("HTTP/1.1 200 "),
            "{no}"
        );
        others.push(own);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_refused_with_a_time_to_come_back() {
    let app = start(|settings| {
        settings.server.connections_max = 16;
        settings.server.requests_max = 4;
        with_service(settings);
    })
    .await;
    let lease = lease(50);
    let mut waiting = Vec::new();
    for _ in 0..5 {
        waiting.push(sent(&app, &lease).await);
    }
    // Whichever of them comes last.
    let mut answers: Vec<_> = waiting
        .iter_mut()
        .map(|call| Box::pin(answered(call)))
        .collect();
    let (answer, _, _) = futures_util::future::select_all(&mut answers).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("retry-after: 5"), "{answer}");
    drop(answers);
    assert_eq!(app.get("/v1/jobs").await.0, 503);
    assert_eq!(app.get("/livez").await.0, 200);
    drop(waiting);
    crate::support::wait_for("places are free", async || {
        (app.get("/v1/jobs").await.0 == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_is_not_idle() {
    let app = start(|settings| {
        settings.server.idle_s = 1;
        settings.server.header_timeout_s = 1;
        settings.server.body_idle_s = 1;
        with_service(settings);
    })
    .await;
    let mut waiting = sent(&app, &lease(4)).await;
    let answer = rest(&mut waiting).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// What other callers have sent is not compiled any more once they have hung up.
#[tokio::test(flavor = "multi_thread")]
async fn rules_of_callers_who_hung_up_keep_nobody_waiting() {
    let app = start(|settings| {
        settings.labelling.rules_compile_max_s = 86_400;
        settings.labelling.rules_memory_max = 1 << 40;
    })
    .await;
    let heavy = |no| format!("(foo|bar)\\w{{1,200}}[\\p{{L}}\\d]{{0,100}}{no}");
    let job = |patterns: Vec<String>| {
        let rules = json!({ "a": patterns });
        json!({ "labelling": { "model_type": "rule_model", "rules": rules } })
    };
    let body = job((0..2_000).map(heavy).collect()).to_string();
    let request = format!(
        "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    for _ in 0..4 {
        drop(sent(&app, &request).await);
    }
    let light = job(vec!["a+".to_owned()]);
    let accepted = tokio::time::timeout(PATIENCE, app.post("/v1/jobs", &light)).await;
    let (status, answer) = accepted.expect("rules that nobody waits for are compiled");
    assert_eq!(status, 202, "{answer}");
    app.stop().await;
}
