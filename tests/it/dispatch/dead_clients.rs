//! Callers that close their connection while they wait for a task, each in another way.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Dispatching, With};
use crate::store::databases::{TestDatabase, say};
use crate::support::wait_for;

/// Times longer than any of these tests.
const LEASE: &str = r#"{"wait_s":50,"lease_s":86400}"#;

impl Dispatching {
    fn address(&self) -> String {
        self.app.url("").replace("http://", "")
    }

    fn request(&self) -> String {
        format!(
            "POST /v1/dispatch/aaa/lease HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{LEASE}",
            self.address(),
            LEASE.len()
        )
    }

    /// A connection on which a call waits.
    async fn waiting_call(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        stream.write_all(self.request().as_bytes()).await.unwrap();
        begun().await;
        stream
    }

    /// A task that is created now goes to somebody who is there, and to nobody else before.
    async fn nobody_else_takes_a_task(&self, how: &str) {
        let task = self.create("aaa", json!({})).await;
        let taken = self.lease(json!({ "wait_s": 50 })).await;
        assert_eq!(taken.len(), 1, "{how}");
        assert_eq!(
            (&taken[0]["task_id"], &taken[0]["attempt"]),
            (&json!(task), &json!(1)),
            "{how}"
        );
        let history = self.history(&task).await;
        let leased = history.iter().filter(|kind| *kind == "dispatch.leased");
        assert_eq!(leased.count(), 1, "{how}: {history:?}");
        assert_eq!(self.complete(&taken[0], "finished").await.0, 200);
    }
}

/// By then a call that was sent waits, most likely; the results are the same if it does not.
async fn begun() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// A process that waits for an answer on a connection of its own.
fn process(address: &str, request: &str) -> Child {
    let (host, port) = address.split_once(':').unwrap();
    let script = format!("exec 3<>/dev/tcp/{host}/{port}; printf '%s' \"$0\" >&3; exec cat <&3");
    Command::new("bash")
        .args(["-c", &script, request])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_has_left_takes_no_task() {
    let program = Dispatching::start(With::default()).await;

    drop(program.waiting_call().await);
    program.nobody_else_takes_a_task("closed").await;

    let mut half = program.waiting_call().await;
    half.shutdown().await.unwrap();
    let mut answer = vec![0; 4_096];
    let count = half.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..count]);
    assert!(answer.ends_with(r#"{"tasks":[]}"#), "{answer}");
    program.nobody_else_takes_a_task("closed for writing").await;

    let reset = program.waiting_call().await;
    reset.set_zero_linger().unwrap();
    drop(reset);
    program.nobody_else_takes_a_task("reset").await;

    // Behind a call that was answered, on a connection that is kept.
    let mut kept = TcpStream::connect(program.address()).await.unwrap();
    let first = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    kept.write_all(first.as_bytes()).await.unwrap();
    assert!(kept.read(&mut [0; 4_096]).await.unwrap() > 0);
    kept.write_all(program.request().as_bytes()).await.unwrap();
    begun().await;
    drop(kept);
    program.nobody_else_takes_a_task("kept and closed").await;

    // With a further call that nobody has read yet.
    let mut hasty = program.waiting_call().await;
    hasty.write_all(first.as_bytes()).await.unwrap();
    drop(hasty);
    program
        .nobody_else_takes_a_task("closed behind another call")
        .await;

    let mut killed = process(&program.address(), &program.request());
    begun().await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    program.nobody_else_takes_a_task("killed").await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_dead_callers_use_up_nothing() {
    let program = Dispatching::start(With::default()).await;
    let mut callers = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(program.address()).await.unwrap();
        let request = program.request();
        stream.write_all(request.as_bytes()).await.unwrap();
        callers.push(stream);
    }
    begun().await;
    drop(callers);
    program.nobody_else_takes_a_task("twenty at once").await;
    program.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_lease_with_a_sign_of_life_uses_up_an_attempt() {
    let database = TestDatabase::of("sqlite").await;
    let program = Dispatching::start(With {
        database: Some(database.url.clone()),
        ..With::default()
    })
    .await;
    let task = program.create("aaa", json!({})).await;
    let lapse = async || {
        let sql = "UPDATE audience_dispatch SET deadline_at = 1 WHERE status = 'running'";
        assert_eq!(say(&database.url, sql).await, 1);
        // The overseer looks.
        program.create("bbb", json!({})).await;
    };
    let lease = async || program.lease(json!({ "wait_s": 50 })).await.remove(0);
    for _ in 0..7 {
        let leased = lease().await;
        assert_eq!(leased["attempt"], 1);
        lapse().await;
    }
    let job = task.rsplit_once('_').unwrap().1;
    wait_for("the task to wait again", async || {
        let (_, shown) = program.app.get(&format!("/v1/jobs/{job}")).await;
        let waiting = shown["waiting"].as_str().unwrap_or_default();
        let said = "; the last time: a worker had it and gave no sign until its lease ended at ";
        waiting.contains(said).then_some(())
    })
    .await;
    let old = lease().await;
    let beat = |task: &Value| json!({ "task_id": task["task_id"], "lease": task["lease"] });
    for attempt in 1..=6 {
        let leased = match attempt {
            1 => old.clone(),
            _ => lease().await,
        };
        assert_eq!(leased["attempt"], attempt);
        program
            .ok("/v1/dispatch/aaa/heartbeat", beat(&leased))
            .await;
        lapse().await;
    }
    let failed = program.wait_until(&task, "failed").await;
    let message = failed["message"].as_str().unwrap();
    assert!(
        message.starts_with("its worker did not renew the lease, which ended at "),
        "{message}"
    );
    let history = program.history(&task).await;
    let unused = history
        .iter()
        .filter(|kind| *kind == "dispatch.lease_unused");
    assert_eq!(unused.count(), 7);
    program.app.stop().await;
    database.drop_it().await;
}
