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

/// The status of an answer to a call with these headers.
async fn status(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
    answer(app, method, path, headers).await.status().as_u16()
}

async fn answer(
    app: &TestApp,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> reqwest::Response {
    let method = method.parse().unwrap();
    let mut call = app.http.request(method, app.url(path));
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    call.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_from_a_page_of_others_is_refused_with_and_without_a_token() {
    for token in [None, Some("t0p-secret-t0p-secret")] {
        let mut app = TestApp::with();
        if let Some(token) = token {
            app = app.token(token);
        }
        let app = app.start(&corpus(10)).await;
        let bearer = format!("Bearer {}", token.unwrap_or_default());
        let token = ("authorization", bearer.as_str());
        let own = app.url("");
        for (method, path) in [
            ("POST", "/v1/jobs"),
            ("POST", "/api/tasks/"),
            ("POST", "/api/tasks/abort/"),
            ("PUT", "/v1/runtime/log-level"),
            ("POST", "/v1/jobs/x/cancel"),
            ("POST", "/v1/nothing"),
        ] {
            for page in [
                ("origin", "https://evil.example"),
                ("origin", "null"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
            ] {
                for kind in ["application/json", "text/plain", ""] {
                    let kind = ("content-type", kind);
                    let refused = answer(&app, method, path, &[page, kind, token]).await;
                    assert_eq!(refused.status(), 403, "{method} {path} {page:?} {kind:?}");
                    assert!(
                        !refused
                            .headers()
                            .contains_key("access-control-allow-origin")
                    );
                }
            }
            for page in [("origin", own.as_str()), ("sec-fetch-site", "same-origin")] {
                let taken = status(&app, method, path, &[page, token]).await;
                assert_ne!(taken, 403, "{method} {path} {page:?}");
            }
        }
        assert_eq!(app.count("SELECT count(*) FROM audience_job"), 0);
        let page = ("origin", "https://evil.example");
        assert_eq!(status(&app, "GET", "/v1/jobs", &[page, token]).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_only_calls_to_known_names_are_answered() {
    let app = TestApp::with()
        .settings(|settings| settings.server.hosts = vec!["box.example".to_owned()])
        .start(&corpus(10))
        .await;
    for path in [
        "/v1/jobs",
        "/api/tasks/",
        "/livez",
        "/metrics",
        "/docs",
        "/openapi.json",
    ] {
        for host in [
            "localhost:1",
            "127.0.0.1",
            "[::1]:80",
            "box.example:8080",
            "LOCALHOST",
        ] {
            assert_eq!(
                status(&app, "GET", path, &[("host", host)]).await,
                200,
                "{host}"
            );
        }
        for host in [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "10.0.0.1",
            "",
        ] {
            assert_eq!(
                status(&app, "GET", path, &[("host", host)]).await,
                421,
                "{host}"
            );
        }
        // A page whose name leads here may send this.
        let led = [("host", "evil.example"), ("x-forwarded-host", "localhost")];
        assert_eq!(status(&app, "GET", path, &led).await, 421);
    }
    let app = TestApp::with()
        .token("t0p-secret-t0p-secret")
        .start(&corpus(10))
        .await;
    assert_eq!(
        status(&app, "GET", "/livez", &[("host", "any.example")]).await,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_allowed_origins_are_answered() {
    let allowed = "https://panel.example.org";
    let app = TestApp::with()
        .settings(|settings| {
            settings.access.origins = vec!["https://Panel.example.org/".to_owned()]
        })
        .token("t0p-secret-t0p-secret")
        .start(&corpus(10))
        .await;
    let asks = |origin| {
        [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "authorization,content-type",
            ),
        ]
    };
    for path in ["/v1/jobs", "/api/tasks/", "/v1/runtime/log-level"] {
        let answered = answer(&app, "OPTIONS", path, &asks(allowed)).await;
        assert_eq!(answered.status(), 204);
        let says = |name: &str| answered.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(says("access-control-allow-origin"), allowed);
        assert!(says("access-control-allow-methods").contains("PUT"));
        assert!(says("access-control-allow-headers").contains("Authorization"));
        assert_eq!(says("vary"), "Origin");
        let refused = answer(&app, "OPTIONS", path, &asks("https://evil.example")).await;
        assert_eq!(refused.status(), 403);
        assert!(
            !refused
                .headers()
                .contains_key("access-control-allow-origin")
        );
    }
    // What goes wrong may be read as well.
    let page = [("origin", allowed)];
    let refused = answer(&app, "GET", "/v1/jobs", &page).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()["access-control-allow-origin"], allowed);
    let token = [page[0], ("authorization", "t0p-secret-t0p-secret")];
    assert_ne!(status(&app, "POST", "/v1/jobs", &token).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_show_no_answer_in_a_frame() {
    let app = TestApp::with().start(&corpus(10)).await;
    for path in [
        "/docs",
        "/openapi.json",
        "/v1/jobs",
        "/v1/nothing",
        "/livez",
    ] {
        let answered = answer(&app, "GET", path, &[]).await;
        let says = |name: &str| answered.headers()[name].to_str().unwrap();
        let policy = says("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains('*'),
            "{path}: {policy}"
        );
        assert_eq!(says("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(says("referrer-policy"), "same-origin", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_say_that_it_is_json_is_not_read() {
    let app = TestApp::with().start(&corpus(10)).await;
    let url = app.url("/v1/jobs");
    let body = super::v1_body().to_string();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let mut call = app.http.post(&url).body(body.clone());
        if let Some(kind) = kind {
            call = call.header("content-type", kind);
        }
        assert_eq!(call.send().await.unwrap().status(), 415, "{kind:?}");
    }
    let call = app
        .http
        .post(&url)
        .header("content-type", "application/json; charset=utf-8");
    assert_eq!(call.body(body).send().await.unwrap().status(), 202);
    assert_eq!(app.count("SELECT count(*) FROM audience_job"), 1);
}
