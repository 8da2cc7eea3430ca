//! A task goes over Kafka or over HTTP, never over both.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use audience::kafka::BrokerSettings;
use serde_json::{Value, json};

use super::{Dispatching, With};
use crate::broker::{OwnBroker, Reader, own_topics, shared};
use crate::store::databases::each;

const TASKS: usize = 60;

/// The answer to a call that succeeds in the end: on MariaDB two processes may collide, and a caller
/// of the one that gives way has to try again.
async fn call(program: &Dispatching, path: &str, body: Value) -> Value {
    loop {
        match program.post(path, body.clone()).await {
            (503, _) => {}
            (200, answer) => return answer,
            (status, answer) => panic!("{path}: {status} {answer}"),
        }
    }
}

/// Creates tasks, and ends when all of them have ended.
async fn create(program: &Dispatching) -> Vec<String> {
    let mut created = Vec::new();
    for no in 0..TASKS {
        let body = json!({ "data": { "service": "aaa", "condition": { "no": no } } });
        let answer = call(program, "/api/create_task", body).await;
        created.push(answer["task_id"].as_str().unwrap().to_owned());
    }
    for task in &created {
        program.wait_until(task, "finished").await;
    }
    created
}

/// Leases tasks and finishes them.
async fn lease(program: &Dispatching, ended: &AtomicBool) -> Vec<String> {
    let mut done = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let asked = json!({ "wait_s": 0, "max": 3 });
        let leased = call(program, "/v1/dispatch/aaa/lease", asked).await;
        for task in leased["tasks"].as_array().unwrap() {
            let ended = json!({
                "task_id": task["task_id"], "lease": task["lease"], "status": "finished",
            });
            call(program, "/v1/dispatch/aaa/complete", ended).await;
            done.push(task["task_id"].as_str().unwrap().to_owned());
        }
    }
    done
}

/// Takes tasks from the topic and finishes them, up to the last one.
async fn read(program: &Dispatching, reader: &Reader) -> Vec<String> {
    let mut done = Vec::new();
    loop {
        let got = reader.next().await;
        let task = got.task_id().to_owned();
        let data = json!({ "task_id": task, "status": "finished" });
        call(program, "/api/update_status_task", json!({ "data": data })).await;
        if got.body["Task"]["condition"]["last"] == true {
            return done;
        }
        done.push(task);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_goes_over_one_channel_though_both_are_served() {
    let broker = shared();
    each(|url| {
        let broker = broker.clone();
        async move {
            let topics = own_topics(&broker).await;
            let with = || With {
                database: Some(url.clone()),
                broker: Some(broker.unsecured()),
                topics: topics.clone(),
                ..With::default()
            };
            let one = Dispatching::start(with()).await;
            let other = Dispatching::start(with()).await;
            let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
            let ended = AtomicBool::new(false);
            let leasing = async {
                let creating = async {
                    let (some, others) = tokio::join!(create(&one), create(&other));
                    ended.store(true, Ordering::Relaxed);
                    [some, others].concat()
                };
                let all = tokio::join!(creating, lease(&one, &ended), lease(&other, &ended));
                // Nobody leases any more.
                one.create("aaa", json!({ "last": true })).await;
                all
            };
            let ((created, leased, leased_too), sent) = tokio::join!(leasing, read(&one, &reader));
            eprintln!(
                "{} over HTTP, {} over Kafka",
                leased.len() + leased_too.len(),
                sent.len()
            );
            let done = [leased, leased_too, sent].concat();
            assert_eq!(done.len(), created.len());
            let (done, created) = (BTreeSet::from_iter(done), BTreeSet::from_iter(created));
            assert_eq!(done, created);
            one.app.stop().await;
            other.app.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_to_the_client_is_not_leased() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let reader = Reader::of(broker.address(), &format!("{topics}mq_aaa"));
    let first = program.create("aaa", json!({})).await;
    assert_eq!(reader.next().await.task_id(), first);
    // The client is given one that it cannot send.
    broker.freeze();
    let task = program.create("aaa", json!({})).await;
    let job = task.rsplit_once('_').unwrap().1;
    let sql = "SELECT count(*) FROM audience_dispatch WHERE sent_at IS NOT NULL AND job_id = ";
    program.app.wait_for_rows(&format!("{sql}'{job}'")).await;
    assert!(program.lease(json!({ "wait_s": 0 })).await.is_empty());
    assert_eq!(program.status(&task).await["status"], "waiting");
    broker.thaw();
    assert_eq!(reader.next().await.task_id(), task);
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_tasks_are_leased() {
    // Nobody is there.
    let program = Dispatching::start(With {
        broker: Some(BrokerSettings {
            bootstrap_servers: vec!["127.0.0.1:1".to_owned()],
            ..BrokerSettings::default()
        }),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    program
        .waits_for_trouble("the broker cannot be reached")
        .await;
    let leased = program.lease(json!({ "wait_s": 0 })).await;
    assert_eq!(leased[0]["task_id"], json!(task));
    program.app.stop().await;
}
