//! The eight calls, good and bad, on each kind of database.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::store::databases::each;

fn exception(message: &str) -> Value {
    json!({ "result": "exception", "message": message })
}

fn invalid(detail: &str) -> Value {
    json!({ "result": "exception", "message": "Invalid parameter", "detail": detail })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_through_all_calls() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let services = program.ok("/api/service_task", json!({})).await;
        assert_eq!(
            services,
            json!({ "result": "ok", "count": 2, "data": ["aaa", "bbb"] })
        );

        let condition = json!({ "xx": "xx", "text": "阿美 \"quoted\" \\ 😀", "n": [1, 2.5, null] });
        let task = program.create("aaa", condition.clone()).await;
        let digits = task.strip_prefix("ts_aaa_").unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let waiting = program.status(&task).await;
        assert_eq!(
            waiting,
            json!({ "task_id": task, "status": "waiting", "message": null, "start_time": null,
                    "end_time": null, "progress": null,
                    "status_message": { "running": null, "finished": null, "failed": null } })
        );

        let data = json!({ "task_id": task, "status": "running", "message": "half" });
        let answer = program
            .ok("/api/update_status_task", json!({ "data": data }))
            .await;
        let expected = json!({ "task_id": task, "status": "running" });
        assert_eq!(answer, json!({ "result": "ok", "status": expected }));
        let running = program.status(&task).await;
        assert_eq!(running["message"], "half");
        assert!(running["start_time"].is_string() && running["end_time"].is_null());

        let early = program
            .post("/api/result_task", json!({ "data": { "task_id": task } }))
            .await;
        assert_eq!(
            early,
            (409, exception("the task is running; it has no result yet"))
        );

        let result = json!({ "users": [1, 2], "名": "字" });
        let data = json!({ "task_id": task, "status": "finished", "result": result });
        program
            .ok("/api/update_status_task", json!({ "data": data }))
            .await;
        let found = program
            .ok("/api/result_task", json!({ "data": { "task_id": task } }))
            .await;
        assert_eq!(found["data"], result);
        let spent: u64 = found["spend_time"].as_str().unwrap().parse().unwrap();
        assert!(spent < 60);
        for time in ["start_time", "end_time"] {
            let text = found[time].as_str().unwrap();
            assert_eq!(text.len(), "2026-01-01 00:00:00".len(), "{text}");
        }
        // The last message of all is that of the last report that had one.
        assert_eq!(program.status(&task).await["message"], "half");

        let listed = program.ok("/api/tasks", json!({})).await;
        assert_eq!((&listed["total"], &listed["count"]), (&json!(1), &json!(1)));
        let row = &listed["data"][0];
        assert_eq!(row["condition"], condition);
        assert_eq!(
            (&row["status"], &row["service"]),
            (&json!("finished"), &json!("aaa"))
        );
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_ended_is_changed_and_run_again() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let task = program.create("bbb", json!({ "try": 1 })).await;
        assert_eq!(program.status(&task).await["status"], "ready");
        let told = exception("a task that is ready cannot become running");
        assert_eq!(program.report(&task, "running").await, (409, told));

        let body = json!({ "task_id": task, "condition": { "try": 2 } });
        let accepted = json!({ "result": "ok", "task_id": task });
        assert_eq!(program.ok("/api/update_task", body).await, accepted);
        assert_eq!(
            program
                .ok("/api/start_task", json!({ "task_id": task }))
                .await,
            accepted
        );
        let again = program
            .post("/api/start_task", json!({ "task_id": task }))
            .await;
        assert_eq!(
            again,
            (
                409,
                exception("the task is waiting, which does not allow it")
            )
        );
        let body = json!({ "task_id": task, "condition": {} });
        let refused = program.post("/api/update_task", body).await;
        assert_eq!(
            refused,
            (
                409,
                exception("the task is waiting, which does not allow it")
            )
        );

        // The same again is fine and changes nothing; backwards is refused.
        for (status, expected) in [
            ("running", 200),
            ("running", 200),
            ("failed", 200),
            ("failed", 200),
            ("running", 409),
            ("finished", 409),
        ] {
            assert_eq!(program.report(&task, status).await.0, expected, "{status}");
        }
        let failed = program
            .post("/api/result_task", json!({ "data": { "task_id": task } }))
            .await;
        let told = exception("the task has failed: the worker gave no reason");
        assert_eq!(failed, (409, told));

        program
            .ok("/api/start_task", json!({ "task_id": task }))
            .await;
        let reset = program.status(&task).await;
        assert_eq!(
            reset,
            json!({ "task_id": task, "status": "waiting", "message": null, "start_time": null,
                    "end_time": null, "progress": null,
                    "status_message": { "running": null, "finished": null, "failed": null } })
        );
        let listed = program.ok("/api/tasks", json!({ "service": "bbb" })).await;
        assert_eq!(listed["data"][0]["condition"], json!({ "try": 2 }));
        // A report that speaks of the attempt before is refused.
        let data = json!({ "task_id": task, "status": "finished", "attempt": 1 });
        let stale = program
            .post("/api/update_status_task", json!({ "data": data }))
            .await;
        assert_eq!(stale.0, 409);
        let history = program.history(&task).await;
        for kind in [
            "job.parked",
            "dispatch.updated",
            "dispatch.started",
            "dispatch.failed",
            "dispatch.report_refused",
            "dispatch.restarted",
        ] {
            assert!(
                history.iter().any(|known| known == kind),
                "{kind}: {history:?}"
            );
        }
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_newest_first_and_filtered() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let mut tasks = Vec::new();
        for no in 0..7 {
            let service = if no % 3 == 0 { "bbb" } else { "aaa" };
            tasks.push(program.create(service, json!({ "no": no })).await);
        }
        tasks.reverse();
        let page = |body: Value| {
            let program = &program;
            async move {
                let answer = program.ok("/api/tasks", body).await;
                let data = answer["data"].as_array().unwrap();
                assert_eq!(answer["count"], data.len());
                let ids = data
                    .iter()
                    .map(|row| row["task_id"].as_str().unwrap().to_owned());
                (answer["total"].as_u64().unwrap(), ids.collect::<Vec<_>>())
            }
        };
        assert_eq!(page(json!({})).await, (7, tasks.clone()));
        assert_eq!(page(json!({ "p_size": 3 })).await, (7, tasks[..3].to_vec()));
        assert_eq!(
            page(json!({ "p_size": 3, "page": 3 })).await,
            (7, tasks[6..].to_vec())
        );
        assert_eq!(page(json!({ "page": 2 })).await, (7, vec![]));
        let of = |service: &str| {
            let of = tasks
                .iter()
                .filter(|task| task.starts_with(&format!("ts_{service}_")));
            of.cloned().collect::<Vec<_>>()
        };
        assert_eq!(page(json!({ "service": "bbb" })).await, (3, of("bbb")));
        assert_eq!(page(json!({ "status": "waiting" })).await, (4, of("aaa")));
        assert_eq!(
            page(json!({ "status": "running", "service": "aaa" })).await,
            (0, vec![])
        );
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_fit_is_refused_with_its_place() {
    let program = Dispatching::start(With::default()).await;
    let unknown = "ts_aaa_0123456789abcdef0123456789abcdef";
    let no_task = exception(&format!("there is no task {unknown}"));
    let unknown_field = "unknown field; known are";
    let table = [
        (
            "/api/create_task",
            json!({ "data": { "service": "zzz", "condition": {} } }),
            400,
            exception("service not support"),
        ),
        (
            "/api/create_task",
            json!({}),
            422,
            invalid("data: is missing"),
        ),
        (
            "/api/create_task",
            json!({ "data": { "service": "aaa" } }),
            422,
            invalid("data.condition: is missing"),
        ),
        (
            "/api/create_task",
            json!({ "data": { "service": 5, "condition": {} } }),
            422,
            invalid("data.service: expected a string, found 5"),
        ),
        (
            "/api/create_task",
            json!({ "data": { "service": "aaa", "condition": [1] } }),
            422,
            invalid("data.condition: expected an object, found a list"),
        ),
        (
            "/api/create_task",
            json!({ "data": { "service": "aaa", "condition": {}, "x": 1 } }),
            422,
            invalid(&format!("data.x: {unknown_field} service, condition")),
        ),
        (
            "/api/create_task",
            json!([]),
            422,
            invalid("body: expected an object, found a list"),
        ),
        (
            "/api/status_task",
            json!({ "data": "x" }),
            422,
            invalid("data: expected a list"),
        ),
        (
            "/api/status_task",
            json!({ "data": vec![json!({ "task_id": "a" }); 11] }),
            422,
            invalid("data: 11 entries, at most 10 are allowed"),
        ),
        (
            "/api/update_status_task",
            json!({ "data": { "task_id": unknown, "status": "done" } }),
            422,
            invalid("data.status: expected running, finished or failed, found `done`"),
        ),
        (
            "/api/update_status_task",
            json!({ "data": { "task_id": unknown, "status": "running" } }),
            404,
            no_task.clone(),
        ),
        (
            "/api/result_task",
            json!({ "data": { "task_id": unknown } }),
            404,
            no_task.clone(),
        ),
        (
            "/api/result_task",
            json!({ "data": {} }),
            422,
            invalid("data.task_id: is missing"),
        ),
        (
            "/api/start_task",
            json!({ "task_id": unknown }),
            404,
            no_task.clone(),
        ),
        (
            "/api/start_task",
            json!({ "task_id": "x" }),
            404,
            exception("there is no task x"),
        ),
        (
            "/api/update_task",
            json!({ "task_id": unknown }),
            422,
            invalid("condition: is missing"),
        ),
        (
            "/api/update_task",
            json!({ "task_id": unknown, "condition": {} }),
            404,
            no_task,
        ),
        (
            "/api/tasks",
            json!({ "p_size": 0 }),
            422,
            invalid("p_size: expected at least 1, found 0"),
        ),
        (
            "/api/tasks",
            json!({ "status": "Invalid" }),
            422,
            invalid(
                "status: expected ready, waiting, running, finished or failed, found `Invalid`",
            ),
        ),
        (
            "/api/tasks",
            json!({ "service": "zzz" }),
            400,
            exception("service not support"),
        ),
        (
            "/api/service_task",
            json!({ "x": 1 }),
            422,
            invalid("x: unknown field; known are "),
        ),
    ];
    for (path, body, status, expected) in table {
        let answer = program.post(path, body.clone()).await;
        assert_eq!(answer, (status, expected), "{path} {body}");
    }
    let body = json!({ "data": [{ "task_id": "x" }, { "task_id": unknown }] });
    let answer = program.ok("/api/status_task", body).await;
    for (place, id) in ["x", unknown].into_iter().enumerate() {
        let found = &answer["status"][place];
        assert_eq!(
            (&found["task_id"], &found["status"]),
            (&json!(id), &json!("Invalid"))
        );
    }
    // The id of a task with the name of another service is that of no task.
    let task = program.create("aaa", json!({})).await;
    let other = task.replace("ts_aaa_", "ts_bbb_");
    assert_eq!(program.status(&other).await["status"], "Invalid");
    assert_eq!(program.report(&other, "running").await.0, 404);
    // What is no JSON, what has no body, and what is too long.
    let send = |path: &str, body: String| {
        let sent = program.app.http.post(program.app.url(path));
        let sent = sent
            .header("content-type", "application/json")
            .body(body)
            .send();
        async { sent.await.unwrap() }
    };
    assert_eq!(send("/api/service_task", String::new()).await.status(), 200);
    assert_eq!(send("/api/tasks", String::new()).await.status(), 200);
    let garbled = send("/api/create_task", "{".to_owned()).await;
    assert_eq!(garbled.status(), 422);
    let answer: Value = garbled.json().await.unwrap();
    assert_eq!(answer["message"], "Invalid parameter");
    let long = send("/api/create_task", " ".repeat(5 << 20)).await;
    assert_eq!(long.status(), 413);
    let answer: Value = long.json().await.unwrap();
    assert_eq!(answer["result"], "exception");
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_has_to_fit_the_schema_of_its_service() {
    let program = Dispatching::start(With {
        change: Some(|service| {
            service.condition_schema = Some(json!({
                "type": "object", "required": ["keyword"],
                "properties": { "keyword": { "type": "string" } },
            }));
        }),
        ..With::default()
    })
    .await;
    program.create("aaa", json!({ "keyword": "coffee" })).await;
    for (condition, told) in [
        (json!({}), "condition: "),
        (json!({ "keyword": 5 }), "condition.keyword: "),
    ] {
        let body = json!({ "data": { "service": "aaa", "condition": condition } });
        let (status, answer) = program.post("/api/create_task", body).await;
        assert_eq!(
            (status, &answer["message"]),
            (422, &json!("Invalid parameter"))
        );
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.starts_with(told), "{detail}");
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_has_to_show_the_token() {
    let token = Some("secret-token");
    let program = Dispatching::start(With {
        token,
        ..With::default()
    })
    .await;
    let url = program.app.url("/api/service_task");
    for (shown, expected) in [
        (None, 401),
        (Some("wrong"), 401),
        (Some("secret-token"), 200),
        (Some("Bearer secret-token"), 200),
    ] {
        let mut call = program.app.http.post(&url).body("{}");
        call = call.header("content-type", "application/json");
        if let Some(shown) = shown {
            call = call.header("authorization", shown);
        }
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), expected, "{shown:?}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            body["result"],
            if expected == 200 { "ok" } else { "exception" }
        );
    }
    let list = program
        .app
        .http
        .post(program.app.url("/api/tasks"))
        .send()
        .await
        .unwrap();
    assert_eq!(list.status(), 401);
    let body: Value = list.json().await.unwrap();
    assert_eq!(body["result"], "exception");
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_apis_show_the_same_jobs() {
    let program = Dispatching::start(With::default()).await;
    let task = program.create("aaa", json!({ "a": 1 })).await;
    let job = task.rsplit_once('_').unwrap().1.to_owned();
    let path = format!("/v1/jobs/{job}");
    let (status, shown) = program.app.get(&path).await;
    assert_eq!((status, &shown["state"]), (200, &json!("parked")));
    assert_eq!(
        shown["request"],
        json!({ "service": "aaa", "condition": { "a": 1 } })
    );
    let (status, shown) = program.post(&format!("{path}/cancel"), Value::Null).await;
    assert_eq!((status, &shown["state"]), (202, &json!("cancelled")));
    let found = program.status(&task).await;
    assert_eq!(
        (&found["status"], &found["message"]),
        (&json!("failed"), &json!("cancelled"))
    );
    assert_eq!(program.report(&task, "running").await.0, 409);
    let (status, shown) = program.post(&format!("{path}/rerun"), Value::Null).await;
    assert_eq!((status, &shown["state"]), (202, &json!("parked")));
    assert_eq!(program.status(&task).await["status"], "waiting");
    // No actor here takes it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(program.status(&task).await["status"], "waiting");

    // A labelling task is still started at the same path.
    let (_, labelling) = program.post("/api/tasks/", json!({})).await;
    assert!(labelling["error_code"].is_u64(), "{labelling}");
    let body = json!({ "model_type": "keyword_model" });
    let (_, labelling) = program.post("/api/tasks", body).await;
    assert!(labelling["error_code"].is_u64(), "{labelling}");
    program.app.stop().await;
}
