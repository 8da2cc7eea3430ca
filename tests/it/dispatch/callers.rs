//! What callers were used to before, or have asked for since.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::store::databases::each;

impl Dispatching {
    /// Sends a body as it is, with headers.
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Sent {
        let method = method.parse().unwrap();
        let mut request = self.app.http.request(method, self.app.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body.to_owned()).send().await.unwrap();
        let allow = answer.headers().get("allow");
        Sent {
            status: answer.status().as_u16(),
            allow: allow.map(|allow| allow.to_str().unwrap().to_owned()),
            body: answer.json().await.unwrap_or_default(),
        }
    }
}

struct Sent {
    status: u16,
    allow: Option<String>,
    body: Value,
}

const GOOD: &str = r#"{"data": {"service": "aaa", "condition": {}}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_is_said_in_the_form_of_the_callers() {
    let program = Dispatching::start(With::default()).await;
    let json = [("content-type", "application/json")];
    for path in [
        "/api/create_task",
        "/api/status_task/",
        "/api/update_status_task",
        "/api/result_task",
        "/api/start_task",
        "/api/update_task",
        "/api/service_task",
    ] {
        let sent = program.send("GET", path, &[], "").await;
        let expected = json!({
            "result": "exception", "message": "this path does not have that method",
        });
        assert_eq!((sent.status, sent.body), (405, expected), "{path}");
        assert_eq!(sent.allow.as_deref(), Some("POST"), "{path}");
    }
    for path in [
        "/api/creat_task",
        "/api/create_task/x",
        "/api/",
        "/api/a/b/c",
    ] {
        let sent = program.send("POST", path, &json, GOOD).await;
        assert_eq!(sent.status, 404, "{path}: {}", sent.body);
        assert_eq!(sent.body["result"], "exception", "{path}: {}", sent.body);
        assert_eq!(sent.body["message"], "there is nothing at this path");
        // Others of this path's callers read a problem.
        assert_eq!(sent.body["status"], 404, "{path}: {}", sent.body);
    }
    for body in [
        r#"{"p_size": 5, "pages": 1}"#,
        r#"{"status": "waiting", "x": null}"#,
        r#"{"data": {}}"#,
        "[]",
        "{",
    ] {
        let sent = program.send("POST", "/api/tasks", &json, body).await;
        assert_eq!(sent.status, 422, "{body}");
        assert_eq!(sent.body["result"], "exception", "{body}");
        assert_eq!(sent.body["message"], "Invalid parameter", "{body}");
        let detail = sent.body["detail"].as_str().unwrap();
        if body.contains("pages") {
            let known = "pages: unknown field; known are p_size, page, service, status";
            assert_eq!(detail, known);
        }
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_filter_is_no_filter() {
    let program = Dispatching::start(With::default()).await;
    program.create("aaa", json!({})).await;
    program.create("bbb", json!({})).await;
    for (body, total) in [
        (json!({ "service": "", "status": "" }), 2),
        (json!({ "service": "", "status": "ready" }), 1),
        (json!({ "service": "aaa", "status": "" }), 1),
        (json!({ "service": null, "status": null, "page": 1 }), 2),
    ] {
        let listed = program.ok("/api/tasks", body.clone()).await;
        assert_eq!(listed["total"], total, "{body}");
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn good_json_of_a_program_is_read_by_whatever_name() {
    let program = Dispatching::start(With::default()).await;
    let browser = ("origin", "http://evil.example");
    let ours = ("sec-fetch-site", "same-origin");
    let fetched = ("sec-fetch-site", "cross-site");
    for (headers, status) in [
        (vec![], 200),
        (
            vec![("content-type", "application/x-www-form-urlencoded")],
            200,
        ),
        (vec![("content-type", "text/plain; charset=utf-8")], 200),
        (vec![("content-type", "text/plain"), browser], 403),
        (vec![("content-type", "text/plain"), fetched], 403),
        (vec![("content-type", "application/json"), browser], 403),
        (vec![("content-type", "text/plain"), ours], 415),
        (vec![ours], 415),
        (
            vec![
                ("content-type", "application/x-www-form-urlencoded"),
                browser,
            ],
            403,
        ),
        (vec![("content-type", "multipart/form-data")], 415),
        (vec![("content-type", "application/ld+json")], 415),
    ] {
        let sent = program
            .send("POST", "/api/create_task", &headers, GOOD)
            .await;
        assert_eq!(sent.status, status, "{headers:?}: {}", sent.body);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let sent = program
        .send("POST", "/api/create_task", &form, "data=5")
        .await;
    assert_eq!(sent.status, 422, "{}", sent.body);
    let sent = program
        .send("POST", "/api/tasks", &form, "{\"page\": 1}")
        .await;
    assert_eq!((sent.status, &sent.body["total"]), (200, &json!(3)));
    // The newer API has no such callers.
    let sent = program
        .send("POST", "/v1/dispatch/aaa/lease", &form, "{}")
        .await;
    assert_eq!(sent.status, 415, "{}", sent.body);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_creates_one_task() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let create = async |key: &str, body: &str| {
            let headers = [
                ("content-type", "application/json"),
                ("idempotency-key", key),
            ];
            program
                .send("POST", "/api/create_task", &headers, body)
                .await
        };
        let all = futures_util::future::join_all((0..20).map(|_| create("k", GOOD))).await;
        let first = all[0].body["task_id"].clone();
        for sent in &all {
            assert_eq!(
                (sent.status, &sent.body["task_id"]),
                (200, &first),
                "{}",
                sent.body
            );
        }
        let other = GOOD.replace("{}", r#"{"a": 1}"#);
        let sent = create("k", &other).await;
        let reused = json!({
            "result": "exception", "message": "Invalid parameter",
            "detail": "the idempotency key was used before for another request",
        });
        assert_eq!((sent.status, sent.body), (422, reused));
        let another = create("l", &other).await;
        assert_eq!(another.status, 200);
        assert_ne!(another.body["task_id"], first);
        // What has become of the task makes no difference.
        let id = first.as_str().unwrap();
        program.report(id, "finished").await;
        let changed = json!({ "task_id": id, "condition": { "b": 2 } });
        program.ok("/api/update_task", changed).await;
        let again = create("k", GOOD).await;
        assert_eq!((again.status, &again.body["task_id"]), (200, &first));
        let long = create(&"k".repeat(256), GOOD).await;
        assert_eq!(
            (long.status, &long.body["result"]),
            (422, &json!("exception"))
        );
        let listed = program.ok("/api/tasks", json!({})).await;
        assert_eq!(listed["total"], 2);
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_waited_for() {
    let program = Dispatching::start(With::default()).await;
    let task = program.create("aaa", json!({})).await;
    let asked = |wait_s: u32| json!({ "data": { "task_id": task, "wait_s": wait_s } });
    let (status, answer) = program.post("/api/result_task", asked(1)).await;
    assert_eq!(status, 409);
    assert_eq!(
        answer["message"],
        "the task is waiting; it has no result yet"
    );
    let begun = Instant::now();
    let (found, ()) = tokio::join!(program.ok("/api/result_task", asked(60)), async {
        program.report(&task, "running").await;
        let data = json!({ "task_id": task, "status": "finished", "result": { "a": 1 } });
        let report = json!({ "data": data });
        program.ok("/api/update_status_task", report).await;
    });
    assert_eq!(found["data"], json!({ "a": 1 }));
    assert!(begun.elapsed() < Duration::from_secs(50));
    // One that has ended, or does not exist, is not waited for.
    program.ok("/api/result_task", asked(60)).await;
    let unknown = task.replace("aaa", "bbb");
    let body = json!({ "data": { "task_id": unknown, "wait_s": 60 } });
    assert_eq!(program.post("/api/result_task", body).await.0, 404);
    assert!(begun.elapsed() < Duration::from_secs(50));
    let (status, answer) = program.post("/api/result_task", asked(61)).await;
    assert_eq!((status, &answer["result"]), (422, &json!("exception")));
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_shows_the_attempts_of_its_task() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            change: Some(|service| {
                service.retries = 1;
                service.backoff = 0;
            }),
            ..With::default()
        })
        .await;
        let task = program.create("aaa", json!({})).await;
        let job = format!("/v1/jobs/{}", task.rsplit_once('_').unwrap().1);
        let figures = async || {
            let (status, shown) = program.app.get(&job).await;
            assert_eq!(status, 200);
            shown["figures"].clone()
        };
        let waiting = figures().await;
        assert_eq!(
            (&waiting["status"], &waiting["attempt"]),
            (&json!("waiting"), &json!(1))
        );
        assert_eq!(
            (&waiting["holder"], &waiting["deadline"]),
            (&Value::Null, &Value::Null)
        );
        let begun = json!({ "task_id": task, "status": "running", "message": "begun" });
        program
            .ok("/api/update_status_task", json!({ "data": begun }))
            .await;
        assert_eq!(figures().await["holder"], "reported");
        let failed = json!({ "task_id": task, "status": "failed", "message": "no disk" });
        program
            .ok("/api/update_status_task", json!({ "data": failed }))
            .await;
        program.wait_until(&task, "waiting").await;
        assert_eq!(program.status(&task).await["message"], "no disk");
        program.report(&task, "running").await;
        // Nothing that the attempt before said is said by this one; why that failed can still be read.
        let status = program.status(&task).await;
        let expected = json!({ "running": null, "finished": null, "failed": "no disk" });
        assert_eq!(
            (&status["message"], &status["status_message"]),
            (&Value::Null, &expected)
        );
        let done = json!({ "task_id": task, "status": "finished", "message": "all of it" });
        program
            .ok("/api/update_status_task", json!({ "data": done }))
            .await;
        let ended = figures().await;
        assert_eq!(
            (&ended["status"], &ended["attempt"]),
            (&json!("finished"), &json!(2))
        );
        let expected = json!({ "running": null, "finished": "all of it", "failed": "no disk" });
        assert_eq!(ended["status_message"], expected);
        let attempts = ended["attempts"].as_array().unwrap();
        let shown: Vec<_> = attempts
            .iter()
            .map(|attempt| (&attempt["no"], &attempt["outcome"], &attempt["error"]))
            .collect();
        let (first, second) = (
            json!([1, "failed", "no disk"]),
            json!([2, "finished", null]),
        );
        assert_eq!(
            shown,
            [&second, &first].map(|attempt| (&attempt[0], &attempt[1], &attempt[2]))
        );
        for attempt in attempts {
            assert!(attempt["started_at"].is_string() && attempt["ended_at"].is_string());
        }
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_says_how_far_it_is() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let report = async |task: &str, more: Value| {
            let mut data = json!({ "task_id": task, "status": "running" });
            data.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            program
                .post("/api/update_status_task", json!({ "data": data }))
                .await
        };
        let shown = async |task: &str| {
            let status = program.status(task).await;
            (
                status["progress"].clone(),
                status["status_message"].clone(),
                status["message"].clone(),
            )
        };
        let messages =
            |running: &str| json!({ "running": running, "finished": null, "failed": null });
        let task = program.create("aaa", json!({})).await;
        report(&task, json!({ "progress": 0, "message": "begun" })).await;
        assert_eq!(
            shown(&task).await,
            (json!(0.0), messages("begun"), json!("begun"))
        );
        report(&task, json!({ "progress": 0.25, "message": "page 1" })).await;
        assert_eq!(
            shown(&task).await,
            (json!(0.25), messages("page 1"), json!("page 1"))
        );
        // What is not said stays.
        report(&task, json!({})).await;
        report(&task, json!({ "progress": 1 })).await;
        assert_eq!(
            shown(&task).await,
            (json!(1.0), messages("page 1"), json!("page 1"))
        );
        for wrong in [json!(-0.1), json!(1.5), json!(2), json!("0.5"), json!([])] {
            let (status, answer) = report(&task, json!({ "progress": wrong })).await;
            assert_eq!(status, 422, "{wrong}");
            let detail = answer["detail"].as_str().unwrap();
            assert!(
                detail.starts_with("data.progress: expected a number from 0 to 1"),
                "{detail}"
            );
        }
        let done = json!({ "task_id": task, "status": "finished", "message": "all" });
        program
            .ok("/api/update_status_task", json!({ "data": done }))
            .await;
        let (_, found, last) = shown(&task).await;
        let expected = json!({ "running": "page 1", "finished": "all", "failed": null });
        assert_eq!((found, last), (expected, json!("all")));
        // The next attempt begins anew.
        program
            .ok("/api/start_task", json!({ "task_id": task }))
            .await;
        let none = json!({ "running": null, "finished": null, "failed": null });
        assert_eq!(shown(&task).await, (Value::Null, none, Value::Null));

        let leased = program.ok("/v1/dispatch/aaa/lease", json!({})).await;
        let leased = &leased["tasks"][0];
        let beat = json!({
            "task_id": task, "lease": leased["lease"], "progress": 0.333_333, "message": "page 2",
        });
        let answer = program.ok("/v1/dispatch/aaa/heartbeat", beat).await;
        assert_eq!(answer, json!({ "task_id": task, "status": "running" }));
        assert_eq!(
            shown(&task).await,
            (json!(0.333_333), messages("page 2"), json!("page 2"))
        );
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_hears_that_its_task_was_cancelled() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let cancel = async |task: &str| {
            let job = task.rsplit_once('_').unwrap().1;
            let (status, _) = program
                .app
                .post(&format!("/v1/jobs/{job}/cancel"), &json!({}))
                .await;
            assert!(status < 300);
        };
        let task = program.create("aaa", json!({})).await;
        let (_, taken) = program.report(&task, "running").await;
        assert_eq!(taken.get("cancelled"), None);
        cancel(&task).await;
        for status in ["running", "finished"] {
            let (code, refused) = program.report(&task, status).await;
            assert_eq!(
                (code, &refused["cancelled"]),
                (409, &json!(true)),
                "{refused}"
            );
            assert_eq!(refused["result"], "exception");
        }
        let (code, same) = program.report(&task, "failed").await;
        assert_eq!((code, &same["cancelled"]), (200, &json!(true)), "{same}");
        // Once it is started again it is not cancelled any more.
        program
            .ok("/api/start_task", json!({ "task_id": task }))
            .await;
        let leased = program.ok("/v1/dispatch/aaa/lease", json!({})).await;
        let lease = &leased["tasks"][0]["lease"];
        let beat = json!({ "task_id": task, "lease": lease });
        let answer = program.ok("/v1/dispatch/aaa/heartbeat", beat.clone()).await;
        assert_eq!(answer.get("cancelled"), None);
        cancel(&task).await;
        let (code, refused) = program.post("/v1/dispatch/aaa/heartbeat", beat).await;
        assert_eq!(
            (code, &refused["cancelled"]),
            (409, &json!(true)),
            "{refused}"
        );
        assert_eq!(refused["status"], 409);
        let done = json!({ "task_id": task, "lease": lease, "status": "finished" });
        let (code, refused) = program.post("/v1/dispatch/aaa/complete", done).await;
        assert_eq!(
            (code, &refused["cancelled"]),
            (409, &json!(true)),
            "{refused}"
        );

        // One that has failed by itself was not cancelled.
        let other = program.create("aaa", json!({})).await;
        program.report(&other, "failed").await;
        let (code, refused) = program.report(&other, "finished").await;
        assert_eq!((code, refused.get("cancelled")), (409, None));
        program.app.stop().await;
    })
    .await;
}
