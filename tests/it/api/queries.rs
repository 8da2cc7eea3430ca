//! Query parameters that an operation does not have, and paths that cannot be read.

use serde_json::{Value, json};

use crate::support::{TestApp, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn every_v1_call_refuses_a_parameter_that_it_does_not_know() {
    let app = TestApp::with().start(&corpus(10)).await;
    let (_, document) = app.get("/openapi.json").await;
    let mut calls = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        // The parameters of a task are those of its project.
        if !path.starts_with("/v1/") || path == "/v1/projects/{project}/why" {
            continue;
        }
        let called = path
            .replace("{job_id}", &"0".repeat(32))
            .replace(['{', '}'], "");
        for (method, operation) in operations.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            let url = app.url(&format!("{called}?nobody=1"));
            let request = app.http.request(method, url).json(&json!({}));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 400, "{path}");
            let problem: Value = answer.json().await.unwrap();
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("`nobody`"), "{detail}");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
                let name = parameter["name"].as_str().unwrap();
                assert!(detail.contains(name), "{path}: {detail}");
            }
            calls += 1;
        }
    }
    assert!(calls > 20, "{calls}");
    let (status, problem) = app.get("/v1/jobs?staus=failed").await;
    assert_eq!(status, 400);
    assert_eq!(
        problem["detail"].as_str().unwrap().split("; ").next(),
        Some("unknown query parameter `staus`")
    );
    // What older callers send is passed over.
    let (status, answer) = app.get("/api/tasks/?nobody=1").await;
    assert_eq!((status, &answer["error_code"]), (200, &json!(200)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_not_utf_8_is_answered_like_any_other_that_does_not_fit() {
    let app = TestApp::with().start(&corpus(10)).await;
    let not_proper = "\u{fffd} is not in proper format, expect 32 digits get 1 digits";
    for path in ["/api/tasks/%ff", "/api/tasks/%FF/", "/api/tasks/%ff/sample"] {
        let (status, answer) = app.get(path).await;
        assert_eq!(
            (status, &answer["error_code"]),
            (200, &json!(400)),
            "{path}"
        );
        let message = answer["error_message"].as_str().unwrap();
        assert!(message.ends_with(not_proper), "{path}: {message}");
    }
    for path in [
        "/v1/jobs/%ff",
        "/v1/jobs/%c3%28/artifacts",
        "/v1/nothing/%ff",
        "/api/%ff",
        "/%ff",
    ] {
        let (status, problem) = app.get(path).await;
        assert_eq!((status, &problem["status"]), (404, &json!(404)), "{path}");
    }
    let (status, _) = app.get("/v1/jobs/%E7%9F%AD").await;
    assert_eq!(status, 404);
    app.stop().await;
}
