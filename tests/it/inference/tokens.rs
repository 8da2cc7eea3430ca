//! With a token, only health is open.

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn only_health_needs_no_token() {
    let app = TestApp::with().token("s3cret").start(&[]).await;
    for path in ["/v2/health/live", "/v2/health/ready"] {
        assert_eq!(app.get(path).await.0, 200, "{path}");
    }
    let calls = [
        ("GET", "/v2"),
        ("GET", "/v2/models/rent"),
        ("GET", "/v2/models/rent/ready"),
        ("GET", "/v2/models/rent/versions/1"),
        ("GET", "/v2/models/rent/versions/1/ready"),
        ("POST", "/v2/models/rent/infer"),
        ("POST", "/v2/models/rent/versions/1/infer"),
        ("POST", "/v2/repository/index"),
    ];
    for (method, path) in calls {
        let call = |token: Option<&'static str>| {
            let request = app.http.request(method.parse().unwrap(), app.url(path));
            let request = match token {
                Some(token) => request.header("authorization", token),
                None => request,
            };
            async move {
                let answer = request.send().await.unwrap();
                let status = answer.status().as_u16();
                (status, answer.json::<Value>().await.unwrap_or_default())
            }
        };
        for wrong in [None, Some("Bearer other")] {
            let (status, answer) = call(wrong).await;
            assert_eq!(status, 401, "{path}");
            assert!(answer["error"].is_string(), "{answer}");
            assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
        }
        let (status, answer) = call(Some("Bearer s3cret")).await;
        assert_ne!(status, 401, "{path}: {answer}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_others_may_not_ask() {
    let app = TestApp::with().start(&[]).await;
    let request = app.http.post(app.url("/v2/models/rent/infer"));
    let request = request.header("origin", "https://other.example");
    let answer = request.json(&json!({ "inputs": [] })).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let answer: Value = answer.json().await.unwrap();
    let error = answer["error"].as_str().unwrap();
    assert!(
        error.starts_with("a page of `https://other.example`"),
        "{error}"
    );
    app.stop().await;
}
