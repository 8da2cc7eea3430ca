//! Deliveries as the forges document them, signed by Python's `hmac`.

mod bodies;
mod matching;
mod reading;
mod refusing;

use std::io::Write;
use std::process::{Command, Stdio};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

const NOW: i64 = 1_764_400_000;
const SECRET: &str = "It's a Secret to Everybody";
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What `sign.py` prints for a body.
fn signed(arguments: &[&str], body: &[u8]) -> String {
    let mut python = Command::new("python3")
        .args(["-c", include_str!("sign.py")])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(body).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    headers
}

fn github(event: &str, body: &[u8]) -> HeaderMap {
    headers(&[
        ("X-GitHub-Event", event),
        ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("X-Hub-Signature-256", &signed(&["github", SECRET], body)),
        ("Content-Type", "application/json"),
    ])
}

fn gitea(event: &str, body: &[u8]) -> HeaderMap {
    headers(&[
        ("X-Gitea-Event", event),
        ("X-Gitea-Event-Type", event),
        ("X-Gitea-Delivery", "f6266f16-1bf3-46a5-9ea4-602e06ead473"),
        ("X-Gitea-Signature", &signed(&["gitea", SECRET], body)),
        ("X-GitHub-Event", event),
        ("Content-Type", "application/json"),
    ])
}

fn gitlab(event: &str) -> HeaderMap {
    headers(&[
        ("X-Gitlab-Event", event),
        (
            "X-Gitlab-Event-UUID",
            "13792a34-cac6-4fda-95a8-c58e00a3954e",
        ),
        ("Idempotency-Key", "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"),
        ("X-Gitlab-Token", SECRET),
    ])
}

/// With a signature of Standard Webhooks.
fn gitlab_signed(event: &str, at: i64, body: &[u8]) -> HeaderMap {
    let at = at.to_string();
    headers(&[
        ("X-Gitlab-Event", event),
        (
            "X-Gitlab-Event-UUID",
            "13792a34-cac6-4fda-95a8-c58e00a3954e",
        ),
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", &at),
        (
            "webhook-signature",
            &signed(&["standard", KEY, "msg_1", &at], body),
        ),
    ])
}

fn read_github(event: &str, body: &serde_json::Value) -> Delivery {
    let body = body.to_string().into_bytes();
    verify(Forge::Github, SECRET, &github(event, &body), &body, NOW).unwrap()
}

fn read_gitlab(event: &str, body: &serde_json::Value) -> Delivery {
    let body = body.to_string().into_bytes();
    verify(Forge::Gitlab, SECRET, &gitlab(event), &body, NOW).unwrap()
}

fn read_gitea(event: &str, body: &serde_json::Value) -> Delivery {
    let body = body.to_string().into_bytes();
    verify(Forge::Gitea, SECRET, &gitea(event, &body), &body, NOW).unwrap()
}
