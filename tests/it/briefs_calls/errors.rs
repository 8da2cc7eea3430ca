//! Every refusal has the form of these calls, and names what is at fault.

use serde_json::{Value, json};

use super::{Server, With};

const NO_JOB: &str = "00000000000000000000000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_names_its_field() {
    let server = Server::start(With::default()).await;
    for (call, body, expected) in [
        (
            "submit",
            json!({}),
            "keywords: expected a list of at least one keyword",
        ),
        (
            "submit",
            json!({ "keywords": [] }),
            "keywords: expected a list",
        ),
        (
            "submit",
            json!({ "keywords": "防晒" }),
            "keywords: expected a list",
        ),
        (
            "submit",
            json!({ "keywords": [1] }),
            "keywords[0]: expected a text",
        ),
        (
            "submit",
            json!({ "keywords": ["a", "-b"] }),
            "keywords[1]: column 1: there are only exclusions",
        ),
        (
            "submit",
            json!({ "keywords": ["\"a"] }),
            "keywords[0]: column ",
        ),
        (
            "submit",
            json!({ "keywords": ["a|"] }),
            "keywords[0]: column ",
        ),
        (
            "submit",
            json!({ "keywords": ["字".repeat(101)] }),
            "keywords[0]: column ",
        ),
        (
            "submit",
            json!({ "keywords": vec!["a"; 101] }),
            "keywords: expected at most 100 keywords, found 101",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "platforms": ["paid"] }),
            "platforms[0]: the platform `paid` is off: the secret ABSENT_KEY is not set",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "platforms": ["x"] }),
            "platforms[0]: unknown platform `x`; expected one of crawler, notes",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "platforms": [] }),
            "platforms: expected a list of at least one platform",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "max_pages": 0 }),
            "max_pages: expected a whole number from 1 to 1000",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "deadline_s": 1.5 }),
            "deadline_s: expected a whole number",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "match": "all" }),
            "match: expected text or platform",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "start_time": "2026-11-01" }),
            "start_time: expected a time such as",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "start_time": "2026-11-02 00:00:00", "end_time": "2026-11-01 00:00:00" }),
            "end_time: expected a time that is not before start_time",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "job_name": "" }),
            "job_name: expected a text of 1 to 200 characters",
        ),
        (
            "submit",
            json!({ "keywords": ["a"], "colour": 1 }),
            "colour: unknown field; expected one of",
        ),
        ("submit", json!([]), "body: expected an object"),
        ("view", json!({}), "job_id: is missing"),
        ("view", json!({ "job_id": 7 }), "job_id: expected a text"),
        (
            "view",
            json!({ "job_id": NO_JOB, "job": 1 }),
            "job: unknown field; expected one of job_id",
        ),
        (
            "search",
            json!({ "page": 0 }),
            "page: expected a whole number from 1 to",
        ),
        (
            "search",
            json!({ "page_size": 201 }),
            "page_size: expected a whole number from 1 to 200",
        ),
        (
            "search",
            json!({ "page_size": "10" }),
            "page_size: expected a whole number",
        ),
        (
            "search",
            json!({ "status": "done" }),
            "status: expected one of waiting, running",
        ),
        (
            "search",
            json!({ "create_start": "yesterday" }),
            "create_start: expected a time",
        ),
        (
            "search",
            json!({ "job_name": "a\u{0}b" }),
            "job_name: expected a text",
        ),
        (
            "view_article_list",
            json!({ "job_id": NO_JOB, "order_by": "title" }),
            "order_by: expected one of interraction",
        ),
        (
            "view_article_list",
            json!({ "job_id": NO_JOB, "order": "up" }),
            "order: expected asc or desc",
        ),
        (
            "view_account_list",
            json!({ "job_id": NO_JOB, "keyword": "a" }),
            "keyword: unknown field",
        ),
        ("cancel", json!({ "job_id": null }), "job_id: is missing"),
        ("change", json!({ "max_pages": 1 }), "job_id: is missing"),
        (
            "spider_progress",
            json!({ "job_id": [] }),
            "job_id: expected a text",
        ),
    ] {
        let (status, answer) = server.call(call, body.clone()).await;
        let message = answer["msg"].as_str().unwrap();
        assert_eq!(
            (status, &answer["data"]),
            (422, &Value::Null),
            "{call} {body}: {answer}"
        );
        assert!(message.starts_with(expected), "{call} {body}: {message}");
    }
    assert_eq!(server.data("search", json!({})).await["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_are_told_apart() {
    let server = Server::start(With::default()).await;
    for call in [
        "submit",
        "view",
        "search",
        "view_article_list",
        "view_account_list",
        "cancel",
        "change",
        "spider_progress",
    ] {
        for body in ["", "{", "job_id=1"] {
            let (status, text) = server.raw(call, body).await;
            assert_eq!(status, 400, "{call} `{body}`: {text}");
            assert!(
                text.starts_with(r#"{"code":400,"msg":"body: expected JSON"#),
                "{text}"
            );
            assert!(text.ends_with(r#","data":null}"#), "{text}");
        }
    }
    for id in [NO_JOB, "x", "ABCDEF", "' OR 1=1 --", ""] {
        for call in [
            "view",
            "view_article_list",
            "view_account_list",
            "cancel",
            "change",
            "spider_progress",
        ] {
            let (status, text) = server.raw(call, json!({ "job_id": id }).to_string()).await;
            let expected = r#"{"code":404,"msg":"job not found","data":null}"#;
            assert_eq!((status, text.as_str()), (404, expected), "{call} {id}");
        }
    }
    let (status, answer) = server.get("/dts-auto-brief/job/submit").await;
    assert_eq!((status, &answer["code"]), (405, &json!(405)));
    let (status, answer) = server.get("/dts-auto-brief/job/other").await;
    assert_eq!(
        (status, &answer["code"], &answer["data"]),
        (404, &json!(404), &Value::Null)
    );
    let long = json!({ "keywords": ["a"], "job_name": "x".repeat(5 << 20) });
    assert_eq!(server.call("submit", long).await.0, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_without_a_token_are_refused_in_the_same_form() {
    let server = Server::start(With {
        token: Some("s3cret-of-the-briefs"),
        ..With::default()
    })
    .await;
    let (status, answer) = server.call("search", json!({})).await;
    assert_eq!((status, &answer["data"]), (401, &Value::Null));
    let url = server.url("/dts-auto-brief/job/search");
    for shown in ["s3cret-of-the-briefs", "Bearer s3cret-of-the-briefs"] {
        let called = server
            .http
            .post(&url)
            .header("authorization", shown)
            .body("{}");
        assert_eq!(called.send().await.unwrap().status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_is_cancelled_once_and_stays_so() {
    let server = Server::start(With::default()).await;
    let id = server.submit(json!(["crawler"])).await;
    server.with_status(&id, &["running"]).await;
    for _ in 0..2 {
        let canceled = server.data("cancel", json!({ "job_id": id })).await;
        assert_eq!(canceled, json!({ "job_id": id, "status": "canceled" }));
    }
    let view = server.data("view", json!({ "job_id": id })).await;
    assert_eq!(
        (&view["status"], &view["zip"]),
        (&json!("canceled"), &Value::Null)
    );
    let changed = server
        .data("change", json!({ "job_id": id, "platforms": ["notes"] }))
        .await;
    assert_eq!(
        (&changed["stage"], &changed["platforms"]),
        (&json!(2), &json!(["notes"]))
    );
    let view = server.ended(&id).await;
    assert_eq!(
        (&view["status"], &view["stage"]),
        (&json!("finished"), &json!(2)),
        "{view}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_submits_once() {
    let server = Server::start(With::default()).await;
    let url = server.url("/dts-auto-brief/job/submit");
    let submit = async |key: &str, name: &str| {
        let body = json!({ "keywords": ["防晒霜"], "platforms": ["notes"], "job_name": name });
        let sent = server
            .http
            .post(&url)
            .header("Idempotency-Key", key)
            .body(body.to_string());
        let answer = sent.send().await.unwrap();
        let status = answer.status().as_u16();
        (
            status,
            answer.json::<Value>().await.unwrap()["data"]["job_id"].clone(),
        )
    };
    let (first, again) = tokio::join!(submit("one", "a"), submit("one", "a"));
    assert_eq!((first.0, &first), (200, &again));
    assert_eq!(submit("one", "b").await.0, 422);
    assert_ne!(submit("two", "a").await.1, first.1);
    assert_eq!(server.data("search", json!({})).await["total"], 2);
}
