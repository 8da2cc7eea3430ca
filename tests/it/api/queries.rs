//! Query parameters that an operation does not have.

use serde_json::{Value, json};

use crate::support::{TestApp, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn every_v1_call_refuses_a_parameter_that_it_does_not_know() {
    let app = TestApp::with().start(&corpus(10)).await;
    let (_, document) = app.get("/openapi.json").await;
    let mut calls = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/v1/") {
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
