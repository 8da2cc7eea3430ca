//! Topics that are missing, forbidden, or deleted and made again.

use std::time::Duration;

use audience::kafka::SecurityProtocol;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Dispatching, With};
use crate::broker::{Answering, OwnBroker, Reader, own_topics};
use crate::support::wait_for;

impl Dispatching {
    async fn services(&self) -> Value {
        let (status, body) = self.app.get("/v1/dispatch/services").await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// What `/metrics` says of the answers that have not been read.
    async fn lag(&self, topic: &str) -> Option<u64> {
        let answer = self.app.http.get(self.app.url("/metrics")).send().await;
        let text = answer.unwrap().text().await.unwrap();
        let name = "audience_dispatch_reply_lag_messages{";
        let mut lines = text.lines().filter(|line| line.starts_with(name));
        let line = lines.find(|line| line.contains(&format!("topic=\"{topic}\"")))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    async fn waits_for_lag(&self, topic: &str, lag: u64) {
        wait_for(&format!("{lag} answers are not read"), async || {
            (self.lag(topic).await == Some(lag)).then_some(())
        })
        .await;
    }

    /// Why the tasks of `aaa` wait.
    async fn troubles(&self) -> Vec<String> {
        let services = self.services().await;
        let troubles = services["services"][0]["troubles"].as_array().unwrap();
        let troubles = troubles.iter().map(|one| one.as_str().unwrap().to_owned());
        troubles.collect()
    }
}

async fn say_finished(broker: &OwnBroker, topics: &str, task: &str) {
    let answers = Answering::on(broker.address(), &format!("{topics}replies"));
    let answer = json!({ "task_id": task, "status": "finished" });
    answers.say(task, answer.to_string().as_bytes()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_topic_is_named_with_its_setting() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let topic = format!("{topics}mq_aaa");
    broker.topics().delete(&[&topic]).await;
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let expected = format!("the broker does not have the topic {topic} (source_db.aaa.topic_name)");
    program.waits_for_trouble(&expected).await;
    assert_eq!(program.troubles().await, [expected]);
    let services = program.services().await;
    assert_eq!(services["services"][1]["troubles"], json!([]));
    assert_eq!(services["services"][0]["topic"], json!(topic));
    let task = program.create("aaa", json!({})).await;
    broker.topics().make(&[&topic]).await;
    let reader = Reader::of(broker.address(), &topic);
    assert_eq!(reader.next().await.task_id(), task);
    program.waits_for_trouble("").await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_waits_until_its_topic_is_allowed() {
    let broker = OwnBroker::start_with_rights().await;
    let topics = own_topics(&broker.listeners).await;
    let name = |topic: &str| format!("{topics}{topic}");
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.settings(SecurityProtocol::SaslPlaintext)),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let expected = format!(
        "the broker does not let us use the topic {}",
        name("mq_aaa")
    );
    program.waits_for_trouble(&expected).await;
    let task = program.create("aaa", json!({})).await;
    for topic in ["mq_bbb", "dead"] {
        broker.allow(&["--producer", "--topic", &name(topic)]);
    }
    let reading = [
        "--consumer",
        "--topic",
        &name("replies"),
        "--group",
        &name("audience"),
    ];
    broker.allow(&reading);
    // It can be seen, but not written.
    let seeing = ["--operation", "Describe", "--topic", &name("mq_aaa")];
    broker.allow(&seeing);
    let expected = format!(
        "the broker does not let us write to the topic {}",
        name("mq_aaa")
    );
    program.waits_for_trouble(&expected).await;
    assert_eq!(program.status(&task).await["status"], "waiting");
    broker.allow(&["--producer", "--topic", &name("mq_aaa")]);
    let reader = Reader::of(broker.address(), &name("mq_aaa"));
    assert_eq!(reader.next().await.task_id(), task);
    say_finished(&broker, &topics, &task).await;
    program.wait_until(&task, "finished").await;
    program.waits_for_trouble("").await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_topic_that_is_made_again_is_read() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    let replies = format!("{topics}replies");
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let reader = Reader::of(broker.address(), &format!("{topics}mq_aaa"));
    // At once, and after a while.
    for pause in [Duration::ZERO, Duration::from_secs(8)] {
        let mut tasks = vec![];
        for no in 0..4 {
            tasks.push(program.create("aaa", json!({ "no": no })).await);
            reader.next().await;
        }
        let (last, before) = tasks.split_last().unwrap();
        for task in before {
            say_finished(&broker, &topics, task).await;
            program.wait_until(task, "finished").await;
        }
        broker.topics().delete(&[&replies]).await;
        sleep(pause).await;
        wait_for("the topic can be made", async || {
            broker.topics().try_to_make(&replies).await.then_some(())
        })
        .await;
        say_finished(&broker, &topics, last).await;
        program.wait_until(last, "finished").await;
    }
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_may_not_be_read_are_counted_and_read_when_they_may() {
    let broker = OwnBroker::start_with_rights().await;
    let topics = own_topics(&broker.listeners).await;
    let name = |topic: &str| format!("{topics}{topic}");
    let (replies, group) = (name("replies"), name("audience"));
    broker.allow(&["--producer", "--topic", &name("mq_aaa")]);
    broker.allow(&["--operation", "Describe", "--topic", &replies]);
    broker.allow(&["--operation", "Describe", "--group", &group]);
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.settings(SecurityProtocol::SaslPlaintext)),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    program.waits_for_lag(&replies, 0).await;
    let task = program.create("aaa", json!({})).await;
    let reader = Reader::of(broker.address(), &name("mq_aaa"));
    assert_eq!(reader.next().await.task_id(), task);
    for _ in 0..3 {
        say_finished(&broker, &topics, &task).await;
    }
    program.waits_for_lag(&replies, 3).await;
    assert_eq!(program.status(&task).await["status"], "waiting");
    broker.allow(&["--consumer", "--topic", &replies, "--group", &group]);
    program.wait_until(&task, "finished").await;
    program.waits_for_lag(&replies, 0).await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_do_not_hold_up_the_answers_behind_them() {
    let broker = OwnBroker::start().await;
    let topics = own_topics(&broker.listeners).await;
    // The broker does not take them.
    broker.topics().delete(&[&format!("{topics}dead")]).await;
    let program = Dispatching::start(With {
        broker: Some(broker.listeners.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    Reader::of(broker.address(), &format!("{topics}mq_aaa"))
        .next()
        .await;
    let answers = Answering::on(broker.address(), &format!("{topics}replies"));
    for _ in 0..20 {
        answers.say("x", b"no JSON").await;
    }
    say_finished(&broker, &topics, &task).await;
    program.wait_until(&task, "finished").await;
    let (_, page) = program
        .app
        .get("/v1/dispatch/dead_letters?kind=&service=")
        .await;
    assert_eq!(page["dead_letters"].as_array().unwrap().len(), 20);
    program
        .waits_for_trouble("dead (mq_conf.dead_letter_topic)")
        .await;
    program.app.stop().await;
}
