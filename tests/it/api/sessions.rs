//! Sessions of browsers: a cookie that stands for a token.

use std::sync::Arc;

use audience::access::Role;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN, RETRY_AFTER, SET_COOKIE};
use serde_json::{Value, json};

use super::roles::{add, token, with_tokens};
use crate::support::{TestApp, TestSettings, corpus, wait_for};

async fn start() -> TestApp {
    let app = TestApp::with().settings(with_tokens);
    app.start(&corpus(10)).await
}

async fn sign_in(app: &TestApp, name: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut call = app.http.post(app.url("/v1/session"));
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    let body = json!({ "token": format!("token-of-{name}") });
    call.json(&body).send().await.unwrap()
}

/// What a browser would send from then on.
fn cookie(answer: &reqwest::Response) -> String {
    let set = answer.headers()[SET_COOKIE].to_str().unwrap();
    let (pair, _) = set.split_once(';').unwrap();
    assert!(pair.starts_with("audience_session="), "{set}");
    pair.to_owned()
}

async fn signed_in(app: &TestApp, name: &str) -> String {
    let answer = sign_in(app, name, &[]).await;
    assert_eq!(answer.status(), 204);
    cookie(&answer)
}

async fn with_cookie(app: &TestApp, cookie: &str, method: &str, path: &str) -> (u16, Value) {
    let call = app.http.request(method.parse().unwrap(), app.url(path));
    let call = call.header(COOKIE, format!("other=1; {cookie}"));
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_stands_for_its_token() {
    let app = start().await;
    let answer = sign_in(&app, "viewer", &[]).await;
    assert_eq!(answer.status(), 204);
    let set = answer.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Max-Age=43200", "Path=/"] {
        assert!(set.split("; ").any(|own| own == part), "{set}");
    }
    assert!(!set.contains("Secure"), "{set}");
    assert!(!set.contains("token-of"), "{set}");
    let cookie = cookie(&answer);
    assert_eq!(with_cookie(&app, &cookie, "GET", "/v1/jobs").await.0, 200);
    assert_eq!(
        with_cookie(&app, &cookie, "GET", "/api/tasks/").await.0,
        200
    );
    // The role of the token is that of the session.
    let cancel = format!("/v1/jobs/{}/cancel", "0".repeat(32));
    assert_eq!(with_cookie(&app, &cookie, "POST", &cancel).await.0, 403);
    let operator = signed_in(&app, "operator").await;
    assert_eq!(with_cookie(&app, &operator, "POST", &cancel).await.0, 404);
    // A page of others cannot use it.
    let foreign = app.http.post(app.url(&cancel)).header(COOKIE, &operator);
    let foreign = foreign.header(ORIGIN, "https://evil.example");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let (status, seen) = with_cookie(&app, &cookie, "GET", "/v1/session").await;
    assert_eq!(status, 200);
    assert_eq!(
        (
            &seen["name"],
            &seen["role"],
            &seen["projects"],
            &seen["queues"]
        ),
        (&json!("viewer"), &json!("viewer"), &json!([]), &json!([]))
    );
    assert!(seen["expires"].is_string(), "{seen}");
    let limited = signed_in(&app, "queue").await;
    let (_, seen) = with_cookie(&app, &limited, "GET", "/v1/session").await;
    assert_eq!(seen["queues"], json!(["theirs"]));
    // By the header, too: the token has no end.
    let call = app.http.get(app.url("/v1/session"));
    let call = call.header(AUTHORIZATION, "Bearer token-of-viewer");
    let seen: Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&seen["name"], &seen["expires"]),
        (&json!("viewer"), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_cookie_of_ours_counts() {
    let app = start().await;
    let cookie = signed_in(&app, "admin").await;
    let (name, value) = cookie.split_once('=').unwrap();
    let mut other = value.to_owned();
    let last = other.pop().unwrap();
    other.push(if last == 'A' { 'Q' } else { 'A' });
    let middle = value.len() / 2;
    let changed = match &value[middle..=middle] {
        "A" => "B",
        _ => "A",
    };
    let turned = format!("{}{changed}{}", &value[..middle], &value[middle + 1..]);
    for wrong in [
        "",
        "a",
        &value[1..],
        &turned,
        &"A".repeat(value.len()),
        &other,
    ] {
        let (status, _) = with_cookie(&app, &format!("{name}={wrong}"), "GET", "/v1/jobs").await;
        assert_eq!(status, 401, "{wrong}");
    }
    // Which of several cookies of this name is sent first, others decide.
    let both = format!("{name}=wrong; {cookie}");
    assert_eq!(with_cookie(&app, &both, "GET", "/v1/jobs").await.0, 200);
    for (kind, body, expected) in [
        ("application/json", r#"{"token": "token-of-nobody"}"#, 401),
        ("application/json", r#"{"token": "token-of-expired"}"#, 401),
        ("application/json", r#"{"token": 1}"#, 422),
        ("application/json", "{}", 422),
        ("text/plain", r#"{"token": "token-of-admin"}"#, 415),
    ] {
        let call = app.http.post(app.url("/v1/session"));
        let answer = call.header(CONTENT_TYPE, kind).body(body);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), expected, "{body}");
        assert!(!answer.headers().contains_key(SET_COOKIE), "{body}");
    }
    for method in ["GET", "DELETE"] {
        let (status, _) = with_cookie(&app, "a=b", method, "/v1/session").await;
        assert_eq!(status, 401, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_holds_for_all_processes_and_over_restarts() {
    let app = start().await;
    let cookie = signed_in(&app, "viewer").await;
    let folder = Arc::clone(&app.folder);
    let beside = TestApp::with().settings(with_tokens).beside(&folder);
    let beside = beside.start(&corpus(10)).await;
    assert_eq!(
        with_cookie(&beside, &cookie, "GET", "/v1/jobs").await.0,
        200
    );
    app.stop().await;
    let again = TestApp::with().settings(with_tokens).beside(&folder);
    let again = again.start(&corpus(10)).await;
    assert_eq!(with_cookie(&again, &cookie, "GET", "/v1/jobs").await.0, 200);
    // Signing out in one ends it in the other, and each other session of this token.
    let second = signed_in(&again, "viewer").await;
    let others = signed_in(&again, "admin").await;
    let out = again.http.delete(again.url("/v1/session"));
    let out = out.header(COOKIE, &second).send().await.unwrap();
    assert_eq!(out.status(), 204);
    let set = out.headers()[SET_COOKIE].to_str().unwrap();
    assert!(
        set.starts_with("audience_session=;") && set.contains("Max-Age=0"),
        "{set}"
    );
    for cookie in [&cookie, &second] {
        assert_eq!(with_cookie(&again, cookie, "GET", "/v1/jobs").await.0, 401);
        wait_for("the session has ended in the other process", async || {
            (with_cookie(&beside, cookie, "GET", "/v1/jobs").await.0 == 401).then_some(())
        })
        .await;
    }
    assert_eq!(
        with_cookie(&beside, &others, "GET", "/v1/jobs").await.0,
        200
    );
    let new = signed_in(&again, "viewer").await;
    wait_for("a new session counts", async || {
        (with_cookie(&beside, &new, "GET", "/v1/jobs").await.0 == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_ends_its_streams() {
    let app = start().await;
    let body = json!({ "data": { "service": "aaa", "condition": {} } });
    let call = app.http.post(app.url("/api/create_task")).json(&body);
    let call = call.header(AUTHORIZATION, "token-of-admin");
    let task: Value = call.send().await.unwrap().json().await.unwrap();
    let job = task["task_id"]
        .as_str()
        .unwrap()
        .rsplit('_')
        .next()
        .unwrap()
        .to_owned();
    let stream = async |cookie: &str| {
        let call = app.http.get(app.url(&format!("/v1/jobs/{job}/events")));
        let mut stream = call.header(COOKIE, cookie).send().await.unwrap();
        assert!(stream.chunk().await.unwrap().is_some());
        stream
    };
    let (left, removed) = (
        signed_in(&app, "viewer").await,
        signed_in(&app, "operator").await,
    );
    let mut left_stream = stream(&left).await;
    let mut removed_stream = stream(&removed).await;
    assert_eq!(
        with_cookie(&app, &left, "DELETE", "/v1/session").await.0,
        204
    );
    while left_stream.chunk().await.unwrap().is_some() {}
    // The token is not in the settings any more.
    let mut settings = TestSettings::default();
    add(&mut settings, "admin", token("admin", Role::Admin));
    app.app.change_access(&settings, None);
    while removed_stream.chunk().await.unwrap().is_some() {}
    assert_eq!(with_cookie(&app, &removed, "GET", "/v1/jobs").await.0, 401);
    // Nor does it count when its token is put back.
    with_tokens(&mut settings);
    app.app.change_access(&settings, None);
    signed_in(&app, "operator").await;
    wait_for("the session of before not to count", async || {
        let (status, _) = with_cookie(&app, &removed, "GET", "/v1/jobs").await;
        (status == 401).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_sign_ins_are_slowed_down_by_address() {
    let app = start().await;
    let attempt = async |name: &str, forwarded: &str| {
        sign_in(&app, name, &[("x-forwarded-for", forwarded)]).await
    };
    let mut refused = None;
    for _ in 0..20 {
        let answer = attempt("nobody", "6.6.6.6, 203.0.113.5").await;
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status(), 401);
    }
    let refused = refused.expect("it is slowed down");
    let seconds = refused.headers()[RETRY_AFTER].to_str().unwrap();
    assert!(seconds.parse::<u32>().unwrap() > 0);
    // So is the right token, and what the caller itself says of its address does not matter.
    assert_eq!(
        attempt("viewer", "7.7.7.7, 203.0.113.5").await.status(),
        429
    );
    assert_eq!(
        attempt("viewer", "203.0.113.5, 203.0.113.6").await.status(),
        204
    );
    assert_eq!(sign_in(&app, "viewer", &[]).await.status(), 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_secure_behind_tls() {
    let is_secure = |answer: &reqwest::Response| {
        let set = answer.headers()[SET_COOKIE].to_str().unwrap();
        set.split("; ").any(|part| part == "Secure")
    };
    let app = start().await;
    let https = [("x-forwarded-proto", "https")];
    assert!(is_secure(&sign_in(&app, "viewer", &https).await));
    let http = [("x-forwarded-proto", "http")];
    assert!(!is_secure(&sign_in(&app, "viewer", &http).await));
    let app = TestApp::with().settings(|settings| {
        with_tokens(settings);
        settings.server.trusted_proxies = vec!["192.0.2.1".to_owned()];
    });
    let app = app.start(&corpus(10)).await;
    assert!(!is_secure(&sign_in(&app, "viewer", &https).await));
    let app = TestApp::with().settings(|settings| {
        with_tokens(settings);
        settings.server.public_url = Some("https://box.example".to_owned());
    });
    let app = app.start(&corpus(10)).await;
    assert!(is_secure(&sign_in(&app, "viewer", &[]).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tokens_there_is_nothing_to_sign_in_with() {
    let app = TestApp::with().start(&corpus(10)).await;
    let (status, seen) = app.get("/v1/session").await;
    assert_eq!(
        (status, &seen["name"], &seen["role"]),
        (200, &json!("local"), &json!("admin"))
    );
    assert_eq!(sign_in(&app, "admin", &[]).await.status(), 401);
}
