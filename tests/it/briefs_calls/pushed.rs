//! Articles that are pushed: a page a key, once.

use serde_json::{Value, json};

use super::{Server, With};

async fn push(
    server: &Server,
    id: &str,
    query: &str,
    body: &str,
    content_type: &str,
) -> (u16, Value) {
    let url = server.url(&format!("/v1/briefs/{id}/articles?{query}"));
    let sent = server
        .http
        .post(url)
        .header("content-type", content_type)
        .body(body.to_owned());
    let answer = sent.send().await.unwrap();
    (
        answer.status().as_u16(),
        answer.json().await.unwrap_or_default(),
    )
}

fn article(id: &str, title: &str) -> Value {
    json!({ "id": id, "title": title, "post_time": "2026-11-20 08:00:00", "like": "1.2万", "user_name": "a" })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_again_changes_nothing() {
    let server = Server::start(With::default()).await;
    let id = server.submit(json!(["crawler"])).await;
    let page = json!([article("1", "防晒霜"), article("2", "防晒霜 广告"), { "id": "3" }]);
    let json = "application/json";
    let first = push(
        &server,
        &id,
        "platform=crawler&batch=one",
        &page.to_string(),
        json,
    )
    .await;
    let expected = json!({
        "batch": "one", "known": false, "received": 3, "stored": 1, "filtered": 1, "out_of_range": 0,
        "rejected": 1, "first_rejected": first.1["first_rejected"],
    });
    assert_eq!(first, (200, expected.clone()));
    let rejected = first.1["first_rejected"].as_str().unwrap();
    assert!(
        rejected.starts_with("[2] $") && rejected.contains("post_time"),
        "{rejected}"
    );
    let mut known = expected;
    known["known"] = json!(true);
    let again = push(&server, &id, "platform=crawler&batch=one", "[]", json).await;
    assert_eq!(again, (200, known.clone()));

    let lines = format!("{}\n{}\n", article("4", "面膜"), article("1", "防晒霜"));
    let query = "platform=crawler&batch=two&end=true";
    let last = push(&server, &id, query, &lines, "application/x-ndjson").await;
    assert_eq!((last.0, &last.1["stored"]), (200, &json!(2)));
    let view = server.ended(&id).await;
    assert_eq!(
        (&view["status"], &view["article_count"]),
        (&json!("finished"), &json!(2)),
        "{view}"
    );
    let progress = server
        .data("spider_progress", json!({ "job_id": id }))
        .await;
    assert_eq!(
        (&progress["duplicate"], &progress["planned"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        push(&server, &id, "platform=crawler&batch=one", "[]", json).await,
        (200, known)
    );
    let late = push(&server, &id, "platform=crawler&batch=three", "[]", json).await;
    assert_eq!(late.0, 409, "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_anything_new_are_not_the_end() {
    let server = Server::start(With::default()).await;
    let id = server.submit(json!(["crawler"])).await;
    let one = json!([article("1", "防晒霜")]).to_string();
    for (batch, body) in [("a", one.as_str()), ("b", one.as_str()), ("c", "[]")] {
        let query = format!("platform=crawler&batch={batch}");
        assert_eq!(
            push(&server, &id, &query, body, "application/json").await.0,
            200
        );
    }
    let other = json!([article("2", "防晒霜")]).to_string();
    let query = "platform=crawler&batch=d&end=true";
    assert_eq!(
        push(&server, &id, query, &other, "application/json")
            .await
            .0,
        200
    );
    let view = server.ended(&id).await;
    assert_eq!(
        (&view["status"], &view["article_count"]),
        (&json!("finished"), &json!(2)),
        "{view}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_ends_without_a_body() {
    let server = Server::start(With::default()).await;
    let id = server.submit(json!(["crawler"])).await;
    let url = server.url(&format!(
        "/v1/briefs/{id}/articles?platform=crawler&batch=last&end=true"
    ));
    let answer = server.http.post(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let view = server.ended(&id).await;
    assert_eq!(
        (&view["status"], &view["article_count"]),
        (&json!("finished"), &json!(0)),
        "{view}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_pushed_is_refused() {
    let server = Server::start(With::default()).await;
    let id = server.submit(json!(["crawler", "notes"])).await;
    let good = "platform=crawler&batch=a";
    let json = "application/json";
    for (query, body, content_type, status, expected) in [
        (good, "{}", json, 422, "body: expected a list of articles"),
        (good, "[", json, 422, "body: expected JSON"),
        (
            good,
            "{}\n[",
            "application/x-ndjson",
            422,
            "body: line 2: expected JSON",
        ),
        (
            good,
            "a,b",
            "text/csv",
            415,
            "body: expected application/json or application/x-ndjson",
        ),
        (
            "platform=notes&batch=a",
            "[]",
            json,
            422,
            "platform: expected one of crawler",
        ),
        (
            "platform=x&batch=a",
            "[]",
            json,
            422,
            "platform: expected one of crawler",
        ),
        ("platform=crawler", "[]", json, 422, "batch: "),
        (
            "platform=crawler&batch=",
            "[]",
            json,
            422,
            "batch: expected at least 1 characters",
        ),
        (
            "platform=crawler&batch=a&last=1",
            "[]",
            json,
            400,
            "unknown query parameter `last`",
        ),
    ] {
        let (found, problem) = push(&server, &id, query, body, content_type).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(found, status, "{query} {body}: {problem}");
        assert!(detail.starts_with(expected), "{query} {body}: {detail}");
    }
    let long = format!(
        "[{}]",
        vec![article("1", &"x".repeat(1 << 20)).to_string(); 9].join(",")
    );
    assert_eq!(push(&server, &id, good, &long, json).await.0, 413);
    let fits = format!(
        "[{}]",
        vec![article("1", &"x".repeat(1 << 20)).to_string(); 6].join(",")
    );
    assert_eq!(push(&server, &id, good, &fits, json).await.0, 200);
    let unknown = "0".repeat(32);
    assert_eq!(push(&server, &unknown, good, "[]", json).await.0, 404);
}
