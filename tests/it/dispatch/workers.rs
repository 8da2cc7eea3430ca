//! The example workers as the other side.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::{Dispatching, With};
use crate::broker::{Listeners, own_topics, shared};
use crate::survival::program::Program;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

/// The one in Python, with the client that `scripts/servers` installs.
pub(crate) fn in_python(name: &str, arguments: &[&str]) -> Program {
    let path = std::env::var("AUDIENCE_TEST_PYTHONPATH")
        .expect("the tests are run with scripts/test, which installs a client");
    let mut command = Command::new("python3");
    command
        .arg(example(name))
        .args(arguments)
        .env("PYTHONPATH", path)
        .stdin(Stdio::null());
    Program::start(&mut command)
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
    let usual = ["--brokers", server, "--topic", &topic, "--group", &group];
    let api = program.app.url("");
    let _worker = match kind {
        "python" => in_python(
            "worker.py",
            &[&usual[..], &["--reply-topic", &replies]].concat(),
        ),
        "rust" => in_rust(&[server, &topic, &group, &replies]),
        _ => in_python("worker.py", &[&usual[..], &["--api", &api]].concat()),
    };
    program.is_served().await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_kafka_does_the_tasks() {
    let program = Dispatching::start(With::default()).await;
    let api = program.app.url("");
    let _worker = in_python("worker_http.py", &["--api", &api, "--service", "aaa"]);
    program.is_served().await;
    program.app.stop().await;
}
