//! Models of the format `remote`: another process of our own is the other server.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::{churn_goldens, with_models};
use crate::model_registry::{Caller, golden};
use crate::support::TestApp;

/// A program that may ask the other one.
async fn beside(other: &TestApp) -> TestApp {
    let host = other.url("").trim_start_matches("http://").to_owned();
    let builder = TestApp::with().settings(move |settings| {
        settings.prediction.prediction.remote_hosts = vec![host];
        settings.prediction.prediction.remote_seconds = 5;
    });
    builder.start(&[]).await
}

fn file(app: &TestApp, model: &str, version: Value) -> Vec<u8> {
    json!({ "url": app.url(""), "model": model, "version": version })
        .to_string()
        .into_bytes()
}

async fn predicted(app: &TestApp, model: &str, rows: &Value) -> (u16, Value) {
    let path = format!("/v1/models/{model}/predict");
    app.post(&path, &json!({ "rows": rows })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_another_server_is_proved_and_asked() {
    let other = with_models().await;
    let app = beside(&other).await;
    let caller = Caller::of(&app);
    // A regression, at a version of its own; the goldens are proved over HTTP.
    let goldens = golden(1.0, 2.0);
    let parts = [("golden", goldens.as_str())];
    let first = file(&other, "rent", json!("1"));
    let (status, answer) = caller.add("far", ("rent.json", &first), &parts).await;
    assert_eq!(
        (status, &answer["state"]),
        (201, &json!("proved")),
        "{answer}"
    );
    caller.point("far", 1).await;
    let rows = json!([{ "age": 30, "fare": null }, { "age": 60, "fare": 1 }]);
    let (status, answer) = predicted(&app, "far", &rows).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["predictions"],
        json!([{ "value": 1.0 }, { "value": 2.0 }])
    );
    // Other goldens: it is refused with both numbers.
    let goldens = golden(1.0, 7.0);
    let parts = [("golden", goldens.as_str())];
    let (status, answer) = caller.add("far", ("rent.json", &first), &parts).await;
    assert_eq!((status, &answer["row"]), (422, &json!(1)), "{answer}");
    // A classification with texts, some of them missing.
    let (inputs, outputs) = churn_goldens();
    let goldens = json!({ "inputs": inputs, "outputs": outputs }).to_string();
    let churn = file(&other, "churn", json!(1));
    let parts = [("golden", goldens.as_str())];
    let (status, answer) = caller.add("churn", ("churn.json", &churn), &parts).await;
    assert_eq!(
        (status, &answer["state"]),
        (201, &json!("proved")),
        "{answer}"
    );
    caller.point("churn", 1).await;
    let (_, near) = predicted(&other, "churn", &json!(inputs)).await;
    let (status, far) = predicted(&app, "churn", &json!(inputs)).await;
    assert_eq!(status, 200, "{far}");
    assert_eq!(far["predictions"], near["predictions"]);
    // It is served by the protocol again.
    let (_, metadata) = app.get("/v2/models/churn").await;
    assert_eq!(metadata["platform"], "remote");
    assert_eq!(app.get("/v2/models/churn/ready").await.0, 200);
    app.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_not_ready_while_its_server_is_away() {
    let other = with_models().await;
    let app = beside(&other).await;
    let caller = Caller::of(&app);
    let goldens = golden(10.0, 20.0);
    let parts = [("golden", goldens.as_str())];
    let newest = file(&other, "rent", Value::Null);
    let (status, answer) = caller.add("far", ("rent.json", &newest), &parts).await;
    assert_eq!(status, 201, "{answer}");
    caller.point("far", 1).await;
    assert_eq!(app.get("/v2/models/far/ready").await.0, 200);
    // What it is asked and refuses is said as its caller's fault.
    let rows = json!([{ "age": 1e300, "fare": 1 }]);
    assert_eq!(predicted(&app, "far", &rows).await.0, 200);
    let host = other.url("").trim_start_matches("http://").to_owned();
    other.stop().await;
    let (status, answer) = app.get("/v2/models/far/ready").await;
    assert_eq!((status, &answer["ready"]), (400, &json!(false)), "{answer}");
    let error = answer["error"].as_str().unwrap();
    assert!(
        error.ends_with(&format!("{host} cannot be reached")),
        "{error}"
    );
    let (status, answer) = predicted(&app, "far", &rows).await;
    assert_eq!(status, 503, "{answer}");
    assert_eq!(answer["detail"], format!("{host} cannot be reached"));
    // Uploading is refused with the reason, and the server itself stays ready.
    let (status, answer) = caller.add("far", ("rent.json", &newest), &parts).await;
    assert_eq!(status, 422, "{answer}");
    assert_eq!(app.get("/v2/health/ready").await.0, 200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_servers_are_asked_that_may_be() {
    let app = TestApp::with().start(&[]).await;
    let caller = Caller::of(&app);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for (url, reason) in [
        (format!("http://127.0.0.1:{port}"), format!("the port {port} of 127.0.0.1 may not be asked; expected 80 or 443, or an exception in `prediction.remote_hosts`")),
        ("http://127.0.0.1".to_owned(), "the address 127.0.0.1 of 127.0.0.1 is not public; `prediction.remote_hosts` makes exceptions".to_owned()),
        ("http://169.254.169.254/latest".to_owned(), "the address 169.254.169.254 of 169.254.169.254 is not public; `prediction.remote_hosts` makes exceptions".to_owned()),
        ("http://localhost".to_owned(), "is not public".to_owned()),
        ("http://user:s3cret@models.example".to_owned(), "url: expected http:// or https://".to_owned()),
        ("file:///etc/passwd".to_owned(), "url: expected http:// or https://".to_owned()),
    ] {
        let file = json!({ "url": url, "model": "m" }).to_string();
        let (status, answer) = caller.add("far", ("m.json", file.as_bytes()), &[]).await;
        assert_eq!(status, 422, "{url}: {answer}");
        let found = answer["reason"].as_str().unwrap();
        assert!(found.contains(&reason), "{url}: {found}");
        assert!(!answer.to_string().contains("s3cret"), "{answer}");
    }
    // Nobody has called.
    assert!(listener.accept().is_err());
    app.stop().await;
}
