//! Dead letters that are replayed, one by one and many at once.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{Answering, own_topics, shared};
use crate::support::wait_for;

impl Dispatching {
    /// As if an answer had come that could not be used at that time. It waits for the writer of the program,
    /// which has to have a thread of its own.
    fn keep_answer(&self, service: &str, answer: &Value, attempt: Option<i32>) {
        let connection = Connection::open(self.app.database()).unwrap();
        connection.busy_timeout(super::PATIENCE).unwrap();
        let sql =
            "INSERT INTO audience_dead_letter (at, kind, service, topic, payload, reason, attempt)
                   VALUES (0, 'reply', ?1, 'replies', ?2, 'why', ?3)";
        let values = (service, answer.to_string(), attempt);
        connection.execute(sql, values).unwrap();
    }

    async fn replay(&self, which: Value) -> Value {
        self.ok("/v1/dispatch/dead_letters/replay", which).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_replayed_at_once() {
    let program = Dispatching::start(With::default()).await;
    let mut tasks = vec![];
    for no in 0..5 {
        let task = program.create("aaa", json!({ "no": no })).await;
        let answer = json!({ "task_id": task, "status": "finished" });
        program.keep_answer("aaa", &answer, None);
        tasks.push(task);
    }
    program.keep_answer(
        "aaa",
        &json!({ "task_id": tasks[0], "status": "done" }),
        None,
    );
    program.keep_answer("bbb", &json!("another service"), None);
    let first = program
        .replay(json!({ "kind": "reply", "service": "aaa", "limit": 2 }))
        .await;
    assert_eq!(
        (&first["replayed"], &first["refused"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(program.status(&tasks[1]).await["status"], "finished");
    assert_eq!(program.status(&tasks[2]).await["status"], "waiting");
    let rest = json!({ "kind": "", "service": "aaa", "after": first["next"] });
    let rest = program.replay(rest).await;
    assert_eq!(
        rest,
        json!({
            "replayed": 3, "refused": 1, "next": null,
            "reasons": [{ "seq": 6, "reason":
                "status: expected running, finished or failed, found `done`" }],
        })
    );
    for task in &tasks {
        assert_eq!(program.status(task).await["status"], "finished");
    }
    // Those that were replayed are not replayed again.
    let again = program.replay(json!({ "kind": "task" })).await;
    assert_eq!(
        (&again["replayed"], &again["refused"]),
        (&json!(0), &json!(0))
    );
    let again = program.replay(json!({})).await;
    assert_eq!(
        (&again["replayed"], &again["refused"]),
        (&json!(0), &json!(2))
    );
    let (status, _) = program
        .post("/v1/dispatch/dead_letters/replay", json!({ "limit": 0 }))
        .await;
    assert_eq!(status, 422);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_keeps_the_attempt_of_its_header() {
    let program = Dispatching::start(With::default()).await;
    let task = program.create("aaa", json!({})).await;
    let answer = json!({ "task_id": task, "status": "finished" });
    program.keep_answer("aaa", &answer, Some(7));
    program.keep_answer("aaa", &answer, Some(1));
    let (status, _) = program
        .post("/v1/dispatch/dead_letters/1/replay", Value::Null)
        .await;
    assert_eq!(status, 409, "the task has had no seventh attempt");
    assert_eq!(program.status(&task).await["status"], "waiting");
    program
        .ok("/v1/dispatch/dead_letters/2/replay", Value::Null)
        .await;
    assert_eq!(program.status(&task).await["status"], "finished");
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attempt_comes_with_the_answer() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    answers.say_of("x", b"no JSON", Some("3")).await;
    let with_attempt = "SELECT count(*) FROM audience_dead_letter WHERE attempt = 3";
    wait_for("it is kept", async || {
        (program.app.count(with_attempt) == 1).then_some(())
    })
    .await;
    program.app.stop().await;
}
