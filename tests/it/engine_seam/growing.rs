//! A step that adds batches while it runs, and whose process is killed meanwhile.

use std::env::{current_exe, var};
use std::process::{Command, Stdio};

use audience::engine::store::Store;
use entity::JobState;
use serde_json::{Value, json};

use super::kinds::Ledger;
use super::{Engine, chain, new_job};
use crate::store::databases::TestDatabase;
use crate::support::wait_for;
use crate::survival::program::Program;

const MOST: u64 = 300;
const KILLS: usize = 5;

/// Names the database of the process that is killed.
const URL: &str = "AUDIENCE_TEST_ENGINE_TO_KILL";

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_adds_batches_while_its_process_is_killed_has_each_of_them_once() {
    for kind in ["sqlite", "postgres", "mysql"] {
        eprintln!("on {kind}");
        let database = TestDatabase::of(kind).await;
        let store = Store::open(&database.url).await.unwrap();
        let job = new_job(chain([("numbers", "growing", json!({ "most": MOST }))]));
        let id = job.id.clone();
        store.jobs().submit(job, 10).await.unwrap();
        for _ in 0..KILLS {
            let done = async || store.steps().of(&id).await.unwrap()[0].batches_done;
            let before = done().await;
            let mut program = Program::start(
                Command::new(current_exe().unwrap())
                    .args(["--exact", "engine_seam::growing::is_killed", "--ignored"])
                    .env(URL, &database.url)
                    .stdout(Stdio::null()),
            );
            wait_for("some batches are done", async || {
                (done().await > before + 3).then_some(())
            })
            .await;
            program.kill();
        }
        store.close().await;

        let engine = Engine::start(&database.url, &Ledger::default()).await;
        engine.wait_until(&id, JobState::Succeeded).await;
        let mut numbers: Vec<u64> = serde_json::from_value(engine.output(&id, 0).await).unwrap();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=MOST).collect::<Vec<_>>());
        let step = &engine.steps(&id).await[0];
        let most = i32::try_from(MOST).unwrap();
        assert_eq!((step.batches_total, step.batches_done), (most, most));
        engine.stop().await;
        database.drop_it().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs until another test kills it"]
async fn is_killed() {
    let Ok(url) = var(URL) else { return };
    let _engine = Engine::start(&url, &Ledger::default()).await;
    std::future::pending::<Value>().await;
}
