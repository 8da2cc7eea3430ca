//! The token.

use reqwest::header::AUTHORIZATION;
use serde_json::json;

use super::compat_body;
use crate::support::{TestApp, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_every_call_needs_it() {
    let app = TestApp::with().token("t0p-secret").start(&corpus(10)).await;
    for path in ["/api/tasks/", "/v1/jobs", "/v1/sources"] {
        let url = app.url(path);
        for wrong in [
            None,
            Some("other"),
            Some("Bearer other"),
            Some("Bearer"),
            Some("t0p-secre"),
        ] {
            let mut call = app.http.get(&url);
            if let Some(wrong) = wrong {
                call = call.header(AUTHORIZATION, wrong);
            }
            let answer = call.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path} {wrong:?}");
            assert!(!answer.text().await.unwrap().contains("t0p-secret"));
        }
        for right in ["t0p-secret", "Bearer t0p-secret"] {
            let call = app.http.get(&url).header(AUTHORIZATION, right);
            assert_eq!(call.send().await.unwrap().status(), 200, "{path} {right}");
        }
    }
    let (status, answer) = app.post("/api/tasks/", &compat_body()).await;
    assert_eq!((status, &answer["error_code"]), (401, &json!(401)));
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 0);
    for open in [
        "/livez",
        "/readyz",
        "/docs",
        "/openapi.json",
        "/openapi-compat.json",
    ] {
        assert_eq!(
            app.http.get(app.url(open)).send().await.unwrap().status(),
            200,
            "{open}"
        );
    }
}
