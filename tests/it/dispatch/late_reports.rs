//! Reports that come twice, late or in another order, with and without the number of their attempt.

use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{Answering, Reader, own_topics, shared};
use crate::store::databases::each;
use crate::support::wait_for;

impl Dispatching {
    async fn say(&self, task: &str, more: Value) -> u16 {
        let mut data = json!({ "task_id": task });
        data.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let body = json!({ "data": data });
        self.post("/api/update_status_task", body).await.0
    }

    async fn count_in_history(&self, task: &str, kind: &str) -> usize {
        let history = self.history(task).await;
        history.iter().filter(|known| *known == kind).count()
    }
}

fn retried(url: Option<String>) -> With {
    With {
        database: url,
        change: Some(|service| {
            service.retries = 2;
            service.backoff = 0;
        }),
        ..With::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_failure_said_three_times_uses_up_one_attempt() {
    each(|url| async move {
        let program = Dispatching::start(retried(Some(url))).await;
        let task = program.create("aaa", json!({})).await;
        assert_eq!(program.report(&task, "running").await.0, 200);
        let failed = || program.say(&task, json!({ "status": "failed", "message": "x" }));
        let answers = tokio::join!(failed(), failed(), failed());
        assert_eq!(answers, (200, 200, 200));
        assert_eq!(program.status(&task).await["status"], "waiting");
        let kind = "dispatch.attempt_failed";
        assert_eq!(program.count_in_history(&task, kind).await, 1);

        // Another failure, or the same one after a worker has begun, is one of its own.
        let other = json!({ "status": "failed", "message": "y" });
        assert_eq!(program.say(&task, other.clone()).await, 200);
        assert_eq!(program.count_in_history(&task, kind).await, 2);
        assert_eq!(program.report(&task, "running").await.0, 200);
        assert_eq!(program.say(&task, other).await, 200);
        assert_eq!(program.status(&task).await["status"], "failed");
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_end_does_not_end_the_next_run() {
    each(|url| async move {
        let program = Dispatching::start(retried(Some(url))).await;
        let task = program.create("aaa", json!({})).await;
        let finished = json!({ "status": "finished", "result": { "run": 1 } });
        assert_eq!(program.say(&task, finished.clone()).await, 200);
        assert_eq!(program.say(&task, finished.clone()).await, 200);
        let again = json!({ "task_id": task });
        program.ok("/api/start_task", again.clone()).await;
        assert_eq!(program.say(&task, finished.clone()).await, 200);
        assert_eq!(program.status(&task).await["status"], "waiting");
        let mut named = finished.clone();
        named["attempt"] = json!(1);
        assert_eq!(program.say(&task, named).await, 409);
        assert_eq!(program.status(&task).await["status"], "waiting");

        let mut own = json!({ "status": "finished", "result": { "run": 2 } });
        assert_eq!(program.say(&task, own.clone()).await, 200);
        let result = json!({ "data": { "task_id": task } });
        let result = program.ok("/api/result_task", result).await;
        assert_eq!(result["data"], json!({ "run": 2 }));

        // Who names the attempt may say the same.
        program.ok("/api/start_task", again).await;
        own["attempt"] = json!(3);
        assert_eq!(program.say(&task, own).await, 200);
        assert_eq!(program.status(&task).await["status"], "finished");
        program.app.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_report_is_a_repetition_is_set() {
    let program = Dispatching::start(With {
        change: Some(|service| {
            service.retries = 2;
            service.backoff = 0;
            service.repeat_window = 0;
        }),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    for expected in ["waiting", "waiting", "failed"] {
        assert_eq!(program.say(&task, json!({ "status": "failed" })).await, 200);
        assert_eq!(program.status(&task).await["status"], expected);
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_is_not_named_is_as_documented_for_each_kind_of_value() {
    let program = Dispatching::start(retried(None)).await;
    let task = program.create("aaa", json!({})).await;
    for (attempt, expected) in [
        (json!(0), 409),
        (json!(2), 409),
        (json!(i32::MAX), 409),
        (json!(-1), 422),
        (json!(4_294_967_297_u64), 422),
        (json!("1"), 422),
        (json!(1.5), 422),
        (json!([1]), 422),
        (json!(null), 200),
        (json!(1), 200),
    ] {
        let report = json!({ "status": "running", "attempt": attempt });
        assert_eq!(program.say(&task, report).await, expected, "{attempt}");
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reports_on_a_message_that_was_not_sent() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        change: Some(|service| {
            service.retries = 2;
            service.backoff = 86_400;
        }),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    assert_eq!(reader.next().await.task_id(), task);
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    let say = async |answer: Value, attempt| {
        let answer = answer.to_string();
        answers.say_of(&task, answer.as_bytes(), attempt).await;
    };
    let failed = json!({ "task_id": task, "status": "failed", "message": "x" });
    say(json!({ "task_id": task, "status": "running" }), None).await;
    say(failed.clone(), None).await;
    say(failed.clone(), None).await;
    // Of the first attempt, over both channels; the message of the second waits for a day.
    say(json!({ "task_id": task, "status": "running" }), None).await;
    say(json!({ "task_id": task, "status": "running" }), Some("1")).await;
    wait_for("both late answers are refused", async || {
        let refused = program.count_in_history(&task, "dispatch.report_refused");
        (refused.await == 2).then_some(())
    })
    .await;
    assert_eq!(
        program.say(&task, json!({ "status": "running" })).await,
        409
    );
    assert_eq!(
        program.say(&task, json!({ "status": "finished" })).await,
        409
    );
    let mut body = failed.clone();
    body.as_object_mut().unwrap().remove("task_id");
    assert_eq!(program.say(&task, body).await, 200);
    let found = program.status(&task).await;
    assert_eq!(
        (&found["status"], &found["message"]),
        (&json!("waiting"), &json!("x"))
    );
    let failures = program.count_in_history(&task, "dispatch.attempt_failed");
    assert_eq!(failures.await, 1);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attempt_of_an_answer_is_read_from_its_header() {
    let broker = shared();
    let topics = own_topics(&broker).await;
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..retried(None)
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    assert_eq!(reader.next().await.body["attempt"], 1);
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    let say = async |status: &str, attempt| {
        let answer = json!({ "task_id": task, "status": status, "message": "x" }).to_string();
        answers.say_of(&task, answer.as_bytes(), attempt).await;
    };
    say("failed", Some("1")).await;
    let second = reader.next().await;
    assert_eq!(
        (second.attempt.as_str(), &second.body["attempt"]),
        ("2", &json!(2))
    );
    // Late, repeated, and with a header that is no attempt: the second attempt still waits.
    say("failed", Some("1")).await;
    say("running", Some("1")).await;
    say("failed", None).await;
    say("failed", Some("?")).await;
    say("running", Some("2")).await;
    program.wait_until(&task, "running").await;
    let count = async |kind: &'static str| program.count_in_history(&task, kind).await;
    assert_eq!(count("dispatch.report_refused").await, 2);
    assert_eq!(count("dispatch.attempt_failed").await, 1);
    // It runs: the same failure is one of its own.
    say("failed", None).await;
    assert_eq!(reader.next().await.attempt, "3");
    say("finished", Some("3")).await;
    program.wait_until(&task, "finished").await;
    program.app.stop().await;
}
