//! Tasks that ask an outside worker: asked again, too late, cancelled.

use serde_json::{Value, json};

use super::{asking, serve};
use crate::pipelines::server::target;
use crate::support::wait_for;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_fails_is_asked_again_as_often_as_the_task_may_be_retried() {
    let tasks = asking("    retries: 1\n    retry_delay: 1ms..1ms\n");
    let server = serve(&[&tasks], "").await;
    let run = server.start_task("asked").await;
    let first = server.leased().await;
    server.end_task(&first, "failed").await;
    let second = server.leased().await;
    assert_ne!(first["task_id"], second["task_id"]);
    server.end_task(&second, "failed").await;
    let error = server.error_of(&run, "asked").await;
    assert!(
        error.ends_with("the task has failed: no such day, attempt 2 of 2"),
        "{error}"
    );
    let job = server.job_of(&run, "asked").await;
    let failed = |no: u32| json!({ "no": no, "state": "failed", "log": null });
    assert_eq!(job["figures"]["attempts"], json!([failed(2), failed(1)]));
    // A retry of the run begins anew.
    let path = format!("/v1/runs/{run}/retry");
    let again = server.call("operator", "POST", &path, &Value::Null).await;
    let again = again.body["id"].as_str().unwrap().to_owned();
    let third = server.leased().await;
    server.end_task(&third, "finished").await;
    assert_eq!(server.ended(&again).await["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_before_the_next_attempt_is_explained() {
    let tasks = asking("    retries: 1\n    retry_delay: 1h..1h\n");
    let server = serve(&[&tasks], "").await;
    let run = server.start_task("asked").await;
    let first = server.leased().await;
    server.end_task(&first, "failed").await;
    server.wait_for_state(&run, "asked", "parked").await;
    let why = wait_for("the pause is explained", async || {
        let why = server.why("asked").await;
        (why["because"][0]["kind"] == "retry").then_some(why)
    })
    .await;
    let because = &why["because"][0];
    assert_eq!(
        (&because["attempt"], &because["attempts"]),
        (&json!(2), &json!(2))
    );
    let sentence = why["sentence"].as_str().unwrap();
    assert!(
        sentence.ends_with(
            ", attempt 2 of 2: batch 1 of step `dispatch` failed: the task has failed: no such day"
        ),
        "{sentence}"
    );
    let path = format!("/v1/runs/{run}/cancel");
    assert_eq!(
        server
            .call("operator", "POST", &path, &Value::Null)
            .await
            .status,
        202
    );
    assert_eq!(server.ended(&run).await["state"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_takes_longer_than_the_task_may_fails_it() {
    let tasks = asking("    timeout: 2s\n");
    let server = serve(&[&tasks], "").await;
    let run = server.start_task("asked").await;
    let task = server.leased().await;
    let error = server.error_of(&run, "asked").await;
    assert_eq!(error, "timed out after 2 s");
    let body = json!({
        "task_id": task["task_id"], "lease": task["lease"], "status": "finished",
    });
    let path = "/v1/dispatch/nlp/complete";
    let answer = server.call("operator", "POST", path, &body).await;
    assert_eq!(answer.status, 409, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_too_long_fails_the_task() {
    let server = serve(&[&asking("")], "").await;
    let run = server.start_task("asked").await;
    let task = server.leased().await;
    let body = json!({
        "task_id": task["task_id"], "lease": task["lease"], "status": "finished",
        "result": { "long": "x".repeat(64 << 10) },
    });
    let path = "/v1/dispatch/nlp/complete";
    assert_eq!(
        server.call("operator", "POST", path, &body).await.status,
        200
    );
    let error = server.error_of(&run, "asked").await;
    assert!(error.contains("65536 is the limit"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_takes_its_task_from_the_worker() {
    let server = serve(&[&asking("")], "").await;
    let run = server.start_task("asked").await;
    let task = server.leased().await;
    server.wait_for_state(&run, "asked", "parked").await;
    let path = format!("/v1/runs/{run}/cancel");
    assert_eq!(
        server
            .call("operator", "POST", &path, &Value::Null)
            .await
            .status,
        202
    );
    assert_eq!(server.ended(&run).await["state"], "cancelled");
    let body = json!({
        "task_id": task["task_id"], "lease": task["lease"], "status": "finished",
    });
    let path = "/v1/dispatch/nlp/complete";
    let answer = server.call("operator", "POST", path, &body).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    assert_eq!(
        server.why("asked").await["because"],
        json!([]),
        "nothing stands in the way of another run"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_do_not_become_anything_but_texts() {
    // What a value may be is said by its pattern; here anything.
    let tasks = asking("").replace(
        "{type: string, default: rome}",
        "{type: string, pattern: '.*', default: rome}",
    );
    let server = serve(&[&tasks], "").await;
    let city = "\"}, 'x': {{day}} $(id) \\";
    let body = json!({ "targets": [{ "task": "asked", "params": { "city": city } }] });
    let run = server.start_run(&body).await;
    let task = server.leased().await;
    assert_eq!(
        task["message"]["Task"]["condition"],
        json!({ "city": city })
    );
    server.end_task(&task, "finished").await;
    assert_eq!(server.ended(&run).await["state"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_project_may_run_what_its_tasks_use() {
    let server = serve(&[&asking("")], "").await;
    let path = "/v1/projects/small/runs";
    let body = target("asked", json!({}));
    for (name, status) in [("viewer", 403), ("of_other", 404), ("of_small", 202)] {
        let answer = server.call(name, "POST", path, &body).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
    }
    let task = server.leased().await;
    // But not take the task itself: no service is among what the token is for.
    let lease = "/v1/dispatch/nlp/lease";
    let answer = server.call("of_small", "POST", lease, &json!({})).await;
    assert_eq!(answer.status, 404, "{answer:?}");
    server.end_task(&task, "finished").await;
}
