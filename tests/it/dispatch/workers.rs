//! The workers that come with the program as the other side.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::{Dispatching, With};
use crate::broker::{Listeners, own_topics, shared};
use crate::survival::program::Program;

fn in_sources(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The package in Python, with the client that `scripts/servers` installs.
pub(crate) fn command(work: &str, arguments: &[&str]) -> Command {
    let packages = std::env::var("AUDIENCE_TEST_PYTHONPATH")
        .expect("the tests are run with scripts/test, which installs a client");
    let package = in_sources("python/src");
    let mut command = Command::new("python3");
    command
        .args(["-m", "audience_worker"])
        .arg(in_sources(work))
        .args(["--service", "aaa"])
        .args(arguments)
        .env("PYTHONPATH", format!("{}:{packages}", package.display()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null());
    command
}

/// The one that does what the example does.
pub(crate) fn in_python(arguments: &[&str]) -> Program {
    Program::start(&mut command("examples/work.py", arguments))
}

/// The one in Rust, which `cargo test` builds beside the tests.
fn in_rust(arguments: &[&str]) -> Program {
    let tests = std::env::current_exe().unwrap();
    let worker = tests.ancestors().nth(2).unwrap().join("examples/worker");
    assert!(worker.exists(), "run all tests: they build the examples");
    let mut command = Command::new(worker);
    command.args(arguments).stdin(Stdio::null());
    Program::start(&mut command)
}

impl Dispatching {
    /// Some tasks, one of which the worker fails.
    async fn is_served(&self) {
        let mut tasks = Vec::new();
        for no in 0..5 {
            tasks.push(self.create("aaa", json!({ "no": no })).await);
        }
        let failing = self.create("aaa", json!({ "fail": "asked to fail" })).await;
        for (no, task) in tasks.iter().enumerate() {
            self.wait_until(task, "finished").await;
            let body = json!({ "data": { "task_id": task } });
            let result = self.ok("/api/result_task", body).await;
            assert_eq!(result["data"], json!({ "echo": { "no": no } }));
        }
        let failed = self.wait_until(&failing, "failed").await;
        assert_eq!(failed["message"], "asked to fail");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_over_kafka_do_the_tasks() {
    let broker = shared();
    tokio::join!(
        kafka_worker("python", &broker),
        kafka_worker("python over HTTP", &broker),
        kafka_worker("rust", &broker),
    );
}

async fn kafka_worker(kind: &str, broker: &Listeners) {
    let (server, topics) = (broker.plain(), own_topics(broker).await);
    let program = Dispatching::start(With {
        broker: Some(broker.unsecured()),
        topics: topics.clone(),
        ..With::default()
    })
    .await;
    let (topic, group) = (format!("{topics}mq_aaa"), format!("{topics}c_aaa"));
    let replies = format!("{topics}replies");
    let usual = ["--kafka", server, "--topic", &topic, "--group", &group];
    let api = program.app.url("");
    let _worker = match kind {
        "python" => in_python(&[&usual[..], &["--reply-topic", &replies]].concat()),
        "rust" => in_rust(&[server, &topic, &group, &replies]),
        _ => in_python(&[&usual[..], &["--server", &api]].concat()),
    };
    program.is_served().await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_kafka_does_the_tasks() {
    let program = Dispatching::start(With::default()).await;
    let api = program.app.url("");
    let _worker = in_python(&["--server", &api, "--concurrency", "2"]);
    program.is_served().await;
    program.app.stop().await;
}
