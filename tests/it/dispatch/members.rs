//! The program as a member of the group that reads the answers.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::killed::{free_port, post};
use super::{Dispatching, With};
use crate::broker::{Answering, Reader, own_topics, shared};
use crate::store::databases::TestDatabase;
use crate::support::{Place, http_client, wait_for};
use crate::survival::program::Program;

/// Less than the broker needs to miss a member.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_read_soon_after_the_program_was_killed() {
    let broker = shared();
    let (place, port, topics) = (Place::empty(), free_port(), own_topics(&broker).await);
    let settings = json!({
        "server": { "bind": format!("127.0.0.1:{port}") },
        "database": { "url": "sqlite://audience.db" },
        "service": ["aaa"],
        "source_db": { "aaa": {
            "source_name": "mongo", "topic_name": format!("{topics}mq_aaa"),
            "consumer_id": "c", "reply_topic": format!("{topics}replies"),
        } },
        "mq_conf": {
            "bootstrap_servers": [broker.plain()], "reply_group": format!("{topics}g"),
            "dead_letter_topic": format!("{topics}dead"),
        },
    });
    fs::write(place.path("dispatch.yaml"), settings.to_string()).unwrap();
    let start = || {
        let mut command = place.command();
        command.args(["serve", "--settings", "dispatch.yaml"]);
        Program::start(&mut command)
    };
    let base = format!("http://127.0.0.1:{port}");
    let http = http_client().build().unwrap();
    let call = async |path: &str, body: Value| {
        wait_for("the program answers", async || {
            post(&http, format!("{base}{path}"), body.clone()).await
        })
        .await
    };
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    let create = async || {
        let body = json!({ "data": { "service": "aaa", "condition": {} } });
        let created = call("/api/create_task", body).await;
        reader.next().await;
        created["task_id"].as_str().unwrap().to_owned()
    };
    let say = async |task: &str| {
        let answer = json!({ "task_id": task, "status": "finished" });
        answers.say(task, answer.to_string().as_bytes()).await;
    };
    let finished = async |task: &str| {
        let body = json!({ "data": [{ "task_id": task }] });
        wait_for("the task is finished", async || {
            let found = call("/api/status_task", body.clone()).await;
            (found["status"][0]["status"] == "finished").then_some(())
        })
        .await;
    };
    let mut program = start();
    let first = create().await;
    say(&first).await;
    finished(&first).await;
    let second = create().await;
    program.kill();
    say(&second).await;
    program = start();
    call("/api/status_task", json!({ "data": [] })).await;
    let read = timeout(SOON, finished(&second)).await;
    assert!(read.is_ok(), "the answer is not read");
    drop(program);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_with_the_same_name_both_work() {
    let broker = shared();
    let (topics, database) = (
        own_topics(&broker).await,
        TestDatabase::of("postgres").await,
    );
    let start = async || {
        let mut settings = broker.unsecured();
        settings.group_instance_id = Some("the_same".to_owned());
        Dispatching::start(With {
            database: Some(database.url.clone()),
            broker: Some(settings),
            topics: topics.clone(),
            ..With::default()
        })
        .await
    };
    let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
    let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
    let works = async |program: &Dispatching| {
        let task = program.create("aaa", json!({})).await;
        assert_eq!(reader.next().await.task_id(), task);
        let answer = json!({ "task_id": task, "status": "finished" });
        answers.say(&task, answer.to_string().as_bytes()).await;
        program.wait_until(&task, "finished").await;
    };
    let one = start().await;
    works(&one).await;
    let other = start().await;
    for _ in 0..3 {
        works(&other).await;
        works(&one).await;
    }
    one.app.stop().await;
    works(&other).await;
    other.app.stop().await;
    database.drop_it().await;
}
