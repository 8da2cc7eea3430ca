//! Workers that fetch their tasks over HTTP.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{Dispatching, With};
use crate::store::databases::each;
use crate::support::{DatabaseKind, OwnDatabase, wait_for};

impl Dispatching {
    pub(super) async fn lease(&self, body: Value) -> Vec<Value> {
        let answer = self.ok("/v1/dispatch/aaa/lease", body).await;
        answer["tasks"].as_array().unwrap().clone()
    }

    pub(super) async fn complete(&self, task: &Value, status: &str) -> (u16, Value) {
        let body = json!({
            "task_id": task["task_id"], "lease": task["lease"], "status": status,
            "message": "told", "result": { "by": "me" },
        });
        self.post("/v1/dispatch/aaa/complete", body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_handed_out_once_and_in_order() {
    each(|url| async move {
        let database = Some(url);
        let program = Dispatching::start(With {
            database,
            ..With::default()
        })
        .await;
        let mut created = Vec::new();
        for no in 0..12 {
            created.push(program.create("aaa", json!({ "no": no })).await);
        }
        let first = program.lease(json!({ "wait_s": 0, "max": 2 })).await;
        let ids: Vec<&str> = first
            .iter()
            .map(|task| task["task_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, [created[0].as_str(), created[1].as_str()]);
        assert_eq!(
            first[0]["message"],
            json!({ "Task": { "task_id": created[0], "service": "aaa", "source_name": "mongo",
                              "condition": { "no": 0 } }, "attempt": 1 })
        );
        assert_eq!(first[0]["attempt"], 1);
        assert_eq!(program.status(&created[0]).await["status"], "running");
        // Who works on it is shown, but not the key by which anybody could report.
        let (_, listed) = program.app.get("/v1/dispatch/tasks?status=running").await;
        let listed = &listed["tasks"][0];
        let worker = listed["worker"].as_str().unwrap();
        let key = first[1]["lease"].as_str().unwrap();
        assert!(
            worker.starts_with(&format!("HTTP lease {}", &key[..8])),
            "{listed}"
        );
        assert!(
            !worker.contains(key) && listed["deadline"].is_string(),
            "{listed}"
        );

        // Ten workers at once: each task goes to one of them.
        let calls = (0..10).map(|_| program.lease(json!({ "wait_s": 0 })));
        let taken: Vec<Value> = futures_util::future::join_all(calls).await.concat();
        let ids: BTreeSet<&str> = taken
            .iter()
            .map(|task| task["task_id"].as_str().unwrap())
            .collect();
        let rest: BTreeSet<&str> = created[2..].iter().map(String::as_str).collect();
        assert_eq!((ids, taken.len()), (rest, 10));
        assert!(program.lease(json!({ "wait_s": 0 })).await.is_empty());

        assert_eq!(program.complete(&first[0], "finished").await.0, 200);
        // Told again, for the answer was lost.
        assert_eq!(program.complete(&first[0], "finished").await.0, 200);
        assert_eq!(program.complete(&first[0], "failed").await.0, 409);
        let body = json!({ "data": { "task_id": created[0] } });
        let result = program.ok("/api/result_task", body).await;
        assert_eq!(result["data"], json!({ "by": "me" }));
        assert_eq!(program.complete(&first[1], "failed").await.0, 200);
        assert_eq!(program.status(&created[1]).await["message"], "told");
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_waits_for_a_task() {
    let program = Dispatching::start(With::default()).await;
    let body = json!({ "wait_s": 50 });
    let (tasks, task) = tokio::join!(program.lease(body), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        program.create("aaa", json!({})).await
    });
    assert_eq!(tasks[0]["task_id"], json!(task));
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_not_renewed_ends() {
    // Whoever leased it may never have heard of it: no retry is used up.
    let program = Dispatching::start(With::default()).await;
    let task = program.create("aaa", json!({})).await;
    let first = program.lease(json!({ "lease_s": 1 })).await.remove(0);
    let beat = |task: &Value, lease_s: u32| {
        let (task_id, lease) = (task["task_id"].clone(), task["lease"].clone());
        json!({ "task_id": task_id, "lease": lease, "lease_s": lease_s })
    };
    let path = "/v1/dispatch/aaa/heartbeat";
    program.ok(path, beat(&first, 2)).await;
    // Nobody else may speak for it.
    assert_eq!(program.report(&task, "running").await.0, 409);
    assert_eq!(program.report(&task, "finished").await.0, 409);
    assert_eq!(
        program
            .complete(&json!({ "task_id": task, "lease": "x" }), "finished")
            .await
            .0,
        409
    );

    let second = program
        .lease(json!({ "wait_s": 50, "lease_s": 60 }))
        .await
        .remove(0);
    assert_eq!(
        (&second["task_id"], &second["attempt"]),
        (&json!(task), &json!(2))
    );
    assert_eq!(program.post(path, beat(&first, 60)).await.0, 409);
    assert_eq!(program.complete(&first, "finished").await.0, 409);
    assert_eq!(program.complete(&second, "finished").await.0, 200);
    let history = program.history(&task).await;
    assert!(
        history.iter().any(|kind| kind == "dispatch.attempt_failed"),
        "{history:?}"
    );
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused() {
    let program = Dispatching::start(With::default()).await;
    for (path, body, status, told) in [
        (
            "/v1/dispatch/zzz/lease",
            json!({}),
            400,
            "service not support",
        ),
        (
            "/v1/dispatch/aaa/lease",
            json!({ "max": 0 }),
            422,
            "max: expected at least 1, found 0",
        ),
        (
            "/v1/dispatch/aaa/lease",
            json!({ "wait_s": 56 }),
            422,
            "wait_s: expected a whole number from 0 to 55, found 56",
        ),
        (
            "/v1/dispatch/aaa/heartbeat",
            json!({}),
            422,
            "task_id: is missing",
        ),
        (
            "/v1/dispatch/aaa/complete",
            json!({ "task_id": "x", "lease": "y", "status": "done" }),
            422,
            "status: expected finished or failed, found `done`",
        ),
        (
            "/v1/dispatch/aaa/complete",
            json!({ "task_id": "x", "lease": "y", "status": "failed" }),
            404,
            "service aaa has no task x",
        ),
        (
            "/v1/dispatch/dead_letters/5/replay",
            Value::Null,
            404,
            "there is no dead letter 5",
        ),
    ] {
        let (found, answer) = program.post(path, body).await;
        assert_eq!((found, &answer["detail"]), (status, &json!(told)), "{path}");
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_tasks_are_leased_than_the_service_takes() {
    let program = Dispatching::start(With {
        change: Some(|service| service.concurrency = Some(2)),
        ..With::default()
    })
    .await;
    for no in 0..4 {
        program.create("aaa", json!({ "no": no })).await;
    }
    let body = || json!({ "wait_s": 0, "max": 4 });
    let taken = program.lease(body()).await;
    assert_eq!(taken.len(), 2);
    assert!(program.lease(body()).await.is_empty());
    assert_eq!(program.complete(&taken[0], "finished").await.0, 200);
    assert_eq!(program.lease(body()).await.len(), 1);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_together_lease_no_more_tasks_than_the_service_takes() {
    const TASKS: usize = 200;
    const MOST: i32 = 3;
    for kind in DatabaseKind::ALL {
        println!("on {kind:?}");
        let database = block_in_place(|| OwnDatabase::new(kind));
        let start = || {
            Dispatching::start(With {
                database: Some(database.url.clone()),
                change: Some(|service| service.concurrency = Some(MOST as u64)),
                ..With::default()
            })
        };
        let servers = [start().await, start().await];
        // While others are leased: they change what is counted.
        let create = async |from: usize| {
            for no in (from..TASKS).step_by(10) {
                let task = json!({ "service": "aaa", "condition": { "no": no } });
                let body = json!({ "data": task });
                wait_for("a task to be created", async || {
                    let (status, answer) =
                        servers[no % 2].post("/api/create_task", body.clone()).await;
                    assert!(matches!(status, 200 | 503), "{answer}");
                    (status == 200).then_some(())
                })
                .await;
            }
        };
        let ended = AtomicUsize::new(0);
        let work = async |server: &Dispatching| {
            while ended.load(Ordering::Relaxed) < TASKS {
                let asked = json!({ "wait_s": 1, "max": 2 });
                let (status, leased) = server.post("/v1/dispatch/aaa/lease", asked).await;
                // So many at once may be in each other's way on a server: then it is asked again.
                assert!(matches!(status, 200 | 503), "{leased}");
                for task in leased["tasks"].as_array().into_iter().flatten() {
                    wait_for("a task to be ended", async || {
                        let (status, answer) = server.complete(task, "finished").await;
                        assert!(matches!(status, 200 | 503), "{answer}");
                        (status == 200).then_some(())
                    })
                    .await;
                    ended.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let working = join_all((0..8).map(|no| work(&servers[no % 2])));
        join(join_all((0..10).map(create)), working).await;
        let kinds = block_in_place(|| {
            database.texts(
                "SELECT kind FROM audience_event
                 WHERE kind IN ('dispatch.leased', 'dispatch.finished') ORDER BY seq",
            )
        });
        assert_eq!(kinds.len(), 2 * TASKS);
        let mut out = 0;
        for kind in &kinds {
            out += if kind == "dispatch.leased" { 1 } else { -1 };
            assert!(out <= MOST, "{kinds:?}");
        }
        for server in servers {
            server.app.stop().await;
        }
        block_in_place(|| drop(database));
    }
}
