//! A job that does not move says what it waits for.

use entity::JobState;
use serde_json::json;

use super::kinds::Ledger;
use super::{Engine, chain, limits};
use crate::store::databases::each;
use crate::support::wait_for;

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_has_no_place_names_the_limit_and_who_has_the_places() {
    each(|url| async move {
        let mut limits = limits();
        limits.queue_jobs_max = [("queue1".to_owned(), 1)].into();
        let engine = Engine::start_with(&url, &Ledger::default(), limits).await;
        let endless = || chain([("numbers", "many", json!({ "endless": [0] }))]);
        let first = engine.submit(endless()).await;
        engine.wait_until(&first, JobState::Running).await;
        let second = engine.submit(endless()).await;
        let holder = format!("job {first} in this process");
        for expected in ["queue `queue1` is full", "1 job at a time", &holder] {
            let waiting = engine.waits_for(&second).await.unwrap();
            assert!(waiting.contains(expected), "{waiting}");
        }
        assert_eq!(engine.waits_for(&first).await, None);
        engine.runtime.cancel(&first).await.unwrap();
        engine.wait_until(&second, JobState::Running).await;
        assert_eq!(engine.waits_for(&second).await, None);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_finds_its_process_full_says_so() {
    each(|url| async move {
        let mut limits = limits();
        limits.jobs_at_once = 1;
        let engine = Engine::start_with(&url, &Ledger::default(), limits).await;
        let endless = || chain([("numbers", "many", json!({ "endless": [0] }))]);
        let first = engine.submit(endless()).await;
        engine.wait_until(&first, JobState::Running).await;
        let second = engine.submit(endless()).await;
        let waiting = engine.waits_for(&second).await.unwrap();
        for expected in ["runtime.jobs_at_once", "1 job at a time", first.as_str()] {
            assert!(waiting.contains(expected), "{waiting}");
        }
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_countdown_is_told_to_callers_in_the_tree_and_as_an_event() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        // While the shorter one passes, the job keeps its actor.
        for seconds in [4, 3_600] {
            let mut steps = chain([("a", "many", json!({})), ("b", "many", json!({}))]);
            steps[1].delay_s = seconds;
            let id = engine.submit(steps).await;
            let waiting = wait_for("the countdown runs", async || engine.waits_for(&id).await);
            let waiting = waiting.await;
            let expected = format!("countdown of {seconds} s: step `b` begins at ");
            assert!(waiting.starts_with(&expected), "{waiting}");
            if seconds == 4 {
                wait_for("the tree shows it", async || {
                    let actors = engine.runtime.actors();
                    let shown = actors
                        .iter()
                        .any(|actor| actor.state.starts_with(&expected));
                    shown.then_some(())
                })
                .await;
            }
            let events = engine.store.events().after(&id, 0, 100).await.unwrap();
            let delayed = events.iter().find(|event| event.kind == "step.delayed");
            assert!(delayed.unwrap().data.contains("\"until\""), "{events:?}");
        }
        engine.stop().await;
    })
    .await;
}
