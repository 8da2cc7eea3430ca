//! The OpenAPI documents and the page that shows them.

use std::process::Command;

use serde_json::Value;

use crate::support::{TestApp, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn each_surface_has_its_document() {
    let app = TestApp::with().start(&corpus(10)).await;
    let (_, v1) = app.get("/openapi.json").await;
    let (_, compat) = app.get("/openapi-compat.json").await;
    for path in ["/v1/jobs", "/v1/jobs/{job_id}", "/v1/jobs/{job_id}/events"] {
        assert!(v1["paths"].get(path).is_some(), "{path}");
    }
    for path in [
        "/api/tasks/",
        "/api/tasks/{task_id}",
        "/api/tasks/{task_id}/sample/",
        "/api/tasks/abort/",
    ] {
        assert!(compat["paths"].get(path).is_some(), "{path}");
    }
    let page = app
        .http
        .get(app.url("/docs"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("/openapi.json") && page.contains("/openapi-compat.json"));
    assert!(
        page.contains("SwaggerUIBundle"),
        "the page needs nothing from elsewhere"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_binary_prints_what_is_served() {
    let app = TestApp::with().start(&corpus(10)).await;
    for (arguments, path) in [
        (vec!["openapi"], "/openapi.json"),
        (vec!["openapi", "--compat"], "/openapi-compat.json"),
    ] {
        let printed = Command::new(env!("CARGO_BIN_EXE_audience"))
            .args(arguments)
            .output()
            .unwrap();
        let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
        assert_eq!(printed, app.get(path).await.1);
    }
}
