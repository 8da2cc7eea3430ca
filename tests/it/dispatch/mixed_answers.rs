//! Answers that are applied together leave what they leave one by one.

use audience::systems::dispatch::DispatchStore;
use entity::{JobId, dispatch};
use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{Answering, Reader, own_topics, shared};
use crate::store::databases::each;
use crate::support::wait_for;

const TASKS: usize = 6;

/// Answers on tasks by their number, in order; what the answer says besides.
fn answers() -> Vec<(usize, Value)> {
    let failed = json!({ "status": "failed", "message": "x" });
    let (running, finished) = (
        json!({ "status": "running" }),
        json!({ "status": "finished" }),
    );
    vec![
        (
            0,
            json!({ "status": "running", "message": "begun", "progress": 0.25 }),
        ),
        (
            1,
            json!({ "status": "finished", "result": { "rows": 1 }, "attempt": 1 }),
        ),
        (2, failed.clone()),
        (
            0,
            json!({ "status": "running", "progress": 0.5, "attempt": 1 }),
        ),
        (3, running.clone()),
        // It has been finished.
        (1, running.clone()),
        // A repetition, and two that come too early for attempt 2.
        (2, failed.clone()),
        (2, running.clone()),
        (2, json!({ "status": "finished", "attempt": 1 })),
        (
            0,
            json!({ "status": "finished", "message": "done", "result": { "rows": 2 } }),
        ),
        (4, json!({ "status": "finished", "attempt": 7 })),
        (1, json!({ "status": "finished", "result": { "rows": 1 } })),
        (
            3,
            json!({ "status": "failed", "message": "a\0b", "attempt": 1 }),
        ),
        // Of the next attempts, until there is none left.
        (3, json!({ "status": "running", "attempt": 2 })),
        (
            3,
            json!({ "status": "failed", "message": "y", "attempt": 2 }),
        ),
        (2, json!({ "status": "running", "attempt": 2 })),
        (
            3,
            json!({ "status": "failed", "message": "z", "attempt": 3 }),
        ),
        (3, finished.clone()),
        (5, running),
        (5, finished),
    ]
}

impl Dispatching {
    /// What is left of a task and its job, without what differs from one run to another.
    async fn left(&self, task: &str) -> Value {
        let store = &self.app.app.store;
        let id: JobId = task.rsplit_once('_').unwrap().1.parse().unwrap();
        let found = DispatchStore::new(store.clone()).find(&id).await.unwrap();
        let found = found.unwrap();
        let dispatch::Model {
            status,
            attempt,
            failures,
            started_at,
            ended_at,
            message,
            message_running,
            message_finished,
            message_failed,
            result,
            sent_at,
            report_digest,
            progress_ppm,
            ..
        } = found.task;
        let events = store.events().after(&id, 0, 1_000).await.unwrap();
        let events: Vec<(String, String)> = events
            .into_iter()
            .map(|event| (event.kind, event.data))
            .collect();
        json!({
            "task": [status.as_str(), attempt, failures, message, result, report_digest, progress_ppm],
            "messages": [message_running, message_finished, message_failed],
            "times": [started_at.is_some(), ended_at.is_some(), sent_at.is_some()],
            "job": [found.job.state.as_str(), found.job.waiting, found.job.error],
            "events": events,
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_applied_together_leave_what_they_leave_one_by_one() {
    let broker = shared();
    each(|url| {
        let broker = broker.clone();
        async move {
            let topics = own_topics(&broker).await;
            let start = async || {
                Dispatching::start(With {
                    database: Some(url.clone()),
                    broker: Some(broker.unsecured()),
                    topics: topics.clone(),
                    // The messages of other attempts than the first wait for a day.
                    change: Some(|service| {
                        service.retries = 2;
                        service.backoff = 86_400;
                    }),
                    ..With::default()
                })
                .await
            };
            let program = start().await;
            let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
            let (mut single, mut together) = (Vec::new(), Vec::new());
            for _ in 0..TASKS {
                single.push(program.create("aaa", json!({})).await);
                together.push(program.create("aaa", json!({})).await);
            }
            for _ in 0..2 * TASKS {
                reader.next().await;
            }
            for task in single.iter().chain(&together) {
                wait_for("its message is noted as sent", async || {
                    let history = program.history(task).await;
                    history.contains(&"dispatch.sent".to_owned()).then_some(())
                })
                .await;
            }
            for (at, mut answer) in answers() {
                answer["task_id"] = json!(single[at]);
                let body = json!({ "data": answer });
                let (status, said) = program.post("/api/update_status_task", body).await;
                assert!([200, 409].contains(&status), "{said}");
            }
            program.app.stop().await;

            let replies = Answering::on(broker.plain(), &format!("{topics}replies"));
            let unknown = format!("ts_aaa_{}", JobId::new());
            let of_another = together[0].replace("ts_aaa_", "ts_bbb_");
            let last = answers().len() - 1;
            for (no, (at, mut answer)) in answers().into_iter().enumerate() {
                if no == last {
                    for unusable in [
                        json!({ "task_id": unknown, "status": "running" }),
                        json!({ "task_id": of_another, "status": "finished" }),
                        json!("no answer"),
                    ] {
                        replies.say("x", unusable.to_string().as_bytes()).await;
                    }
                }
                answer["task_id"] = json!(together[at]);
                replies.say("x", answer.to_string().as_bytes()).await;
            }
            let program = start().await;
            program.wait_until(&together[5], "finished").await;
            for (one, other) in single.iter().zip(&together) {
                assert_eq!(program.left(one).await, program.left(other).await);
            }
            wait_for("what cannot be used are dead letters", async || {
                let (_, page) = program
                    .app
                    .get("/v1/dispatch/dead_letters?kind=reply")
                    .await;
                (page["dead_letters"].as_array().unwrap().len() == 3).then_some(())
            })
            .await;
            program.app.stop().await;
        }
    })
    .await;
}
