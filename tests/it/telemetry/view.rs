//! The living tree, over HTTP and in a terminal.

use std::process::Command;

use serde_json::Value;

use super::server::{Served, Server};
use crate::support::wait_for;

/// The actors of a kind, wherever they are.
fn of_kind<'a>(actor: &'a Value, kind: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    if actor["kind"] == kind {
        found.push(actor);
    }
    for child in actor["children"].as_array().unwrap() {
        found.extend(of_kind(child, kind));
    }
    found
}

async fn root(server: &Server) -> Value {
    let seen: Value = serde_json::from_str(&server.get("/v1/runtime").await).unwrap();
    seen["root"].clone()
}

fn top(arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.arg("top").args(arguments).env_remove("AUTH_TOKEN");
    let done = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        done.status.success(),
        text(&done.stdout),
        text(&done.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_shows_a_running_batch_below_its_task_and_is_bare_afterwards() {
    let mut served = Served::with_rows(20_000);
    served.settings["labelling"]["rows_per_slice"] = 20.into();
    let server = served.start("first", &[]).await;
    let (job, _) = server.submit(None).await;
    let task = wait_for("a slice is being worked on", async || {
        let root = root(&server).await;
        let tasks = of_kind(&root, "TaskActor");
        let task = tasks.first().filter(|task| {
            let batches = of_kind(task, "BatchActor");
            batches
                .iter()
                .any(|batch| batch["slice"]["no"].as_u64() > Some(1))
        })?;
        Some((*task).clone())
    })
    .await;
    assert_eq!(task["name"], job.as_str());
    assert_eq!(task["job_id"], job.as_str());
    let batch = of_kind(&task, "BatchActor")[0];
    assert!(
        batch["name"].as_str().unwrap().starts_with("label 0/"),
        "{batch}"
    );
    assert!(batch["slice"]["rows"].as_u64() > Some(0), "{batch}");
    let (succeeded, shown, _) = top(&["--once", "--url", &server.base]);
    assert!(succeeded);
    for kind in ["RootSupervisor", "JobSupervisor", "Rescuer", "Sweeper"] {
        assert!(shown.contains(kind), "{shown}");
    }
    server.wait_until_ended(&job).await;
    wait_for("the task is gone", async || {
        let root = root(&server).await;
        let is_bare =
            of_kind(&root, "TaskActor").is_empty() && of_kind(&root, "BatchActor").is_empty();
        is_bare.then_some(())
    })
    .await;
    server.stop().await;
}

#[test]
fn without_a_server_top_says_where_it_looked() {
    let (succeeded, _, said) = top(&["--once", "--url", "http://127.0.0.1:1"]);
    assert!(!succeeded);
    assert!(
        said.contains("no server answers at http://127.0.0.1:1"),
        "{said}"
    );
    let (succeeded, _, said) = top(&["--once", "--url", "ftp://x"]);
    assert!(!succeeded);
    assert!(
        said.contains("--url: expected http://ADDRESS:PORT"),
        "{said}"
    );
}
