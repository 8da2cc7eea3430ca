//! The program is killed again and again while callers create tasks and a worker keeps a ledger.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::PATIENCE;
use crate::broker::{Answering, Listeners, Reader, own_topics, shared};
use crate::store::databases::TestDatabase;
use crate::support::{Place, http_client};
use crate::survival::program::Program;

const TASKS: usize = 150;
const KILLS: u32 = 5;

pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(super) async fn post(http: &reqwest::Client, url: String, body: Value) -> Option<Value> {
    let answer = http.post(url).json(&body).send().await.ok()?;
    let answer = answer.error_for_status().ok()?;
    answer.json().await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_task_that_was_answered_for_is_done_and_repeats_say_so() {
    let broker = shared();
    let kinds = ["sqlite", "postgres", "mysql"];
    // Side by side: most of the time is spent waiting for the broker to miss the killed ones.
    futures_util::future::join_all(kinds.map(|kind| create_and_kill(kind, &broker))).await;
}

async fn create_and_kill(kind: &'static str, broker: &Listeners) {
    let database = TestDatabase::of(kind).await;
    let (port, place) = (free_port(), Place::empty());
    let topics = own_topics(broker).await;
    let settings = json!({
        "server": { "bind": format!("127.0.0.1:{port}") },
        "database": { "url": database.url },
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

    // The worker: what it got, and how often, by attempt.
    let ledger: Arc<Mutex<BTreeMap<String, Vec<String>>>> = Arc::default();
    let ended = Arc::new(AtomicBool::new(false));
    let worker = tokio::spawn({
        let (ledger, ended) = (Arc::clone(&ledger), Arc::clone(&ended));
        let reader = Reader::of(broker.plain(), &format!("{topics}mq_aaa"));
        let answers = Answering::on(broker.plain(), &format!("{topics}replies"));
        async move {
            while !ended.load(Ordering::Relaxed) {
                let Some(got) = reader.within(Duration::from_millis(200)).await else {
                    continue;
                };
                let id = got.task_id().to_owned();
                for status in ["running", "finished"] {
                    let answer = json!({ "task_id": id, "status": status });
                    answers.say(&id, answer.to_string().as_bytes()).await;
                }
                let mut ledger = ledger.lock().await;
                ledger.entry(id).or_default().push(got.attempt);
            }
        }
    });

    let mut program = start();
    let mut created = Vec::new();
    let mut kills = 0;
    while created.len() < TASKS {
        let body = json!({ "data": { "service": "aaa", "condition": { "no": created.len() } } });
        // What was not answered may have been stored all the same: nobody knows its id.
        if let Some(answer) = post(&http, format!("{base}/api/create_task"), body).await {
            created.push(answer["task_id"].as_str().unwrap().to_owned());
        }
        if created.len() >= TASKS * (kills as usize + 1) / (KILLS as usize + 1) && kills < KILLS {
            kills += 1;
            program.kill();
            program = start();
        }
    }
    let finished = async {
        for chunk in created.chunks(10) {
            let ids: Vec<_> = chunk.iter().map(|id| json!({ "task_id": id })).collect();
            loop {
                let url = format!("{base}/api/status_task");
                let answer = post(&http, url, json!({ "data": ids })).await;
                let all = answer.is_some_and(|answer| {
                    let statuses = answer["status"].as_array().unwrap().clone();
                    statuses.iter().all(|of| of["status"] == "finished")
                });
                if all {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    tokio::time::timeout(PATIENCE, finished)
        .await
        .expect("all are finished");
    ended.store(true, Ordering::Relaxed);
    worker.await.unwrap();
    let ledger = ledger.lock().await;
    for id in &created {
        let attempts = ledger.get(id).expect("the worker got it");
        assert!(
            attempts.iter().all(|attempt| attempt == "1"),
            "{id}: {attempts:?}"
        );
    }
    let repeats = ledger
        .values()
        .filter(|attempts| attempts.len() > 1)
        .count();
    eprintln!("on {kind}: {TASKS} tasks, {kills} kills, {repeats} messages came twice");
    drop(program);
    database.drop_it().await;
}
