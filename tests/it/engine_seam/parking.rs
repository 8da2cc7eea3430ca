//! Batches that wait for a time or a signal.

use audience::engine::store::{BatchKey, Signalled};
use entity::JobState;
use serde_json::{Value, json};

use super::kinds::Ledger;
use super::{Engine, chain};
use crate::store::databases::{TestDatabase, each};
use crate::support::wait_for;

const BATCH: BatchKey = BatchKey { step_no: 0, no: 0 };

fn parking(params: Value) -> Vec<audience::engine::store::NewStep> {
    chain([("wait", "parking", params)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_batch_waits_over_restarts_and_continues_with_its_signal() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        let id = engine.submit(parking(json!({ "signals": 1 }))).await;
        engine.wait_until(&id, JobState::Parked).await;
        engine.stop().await;
        for _ in 0..2 {
            let ledger = Ledger::default();
            let engine = Engine::start(&url, &ledger).await;
            // A job that runs to its end shows that the engine has looked for work.
            let other = engine.submit(chain([("numbers", "many", json!({}))])).await;
            engine.wait_until(&other, JobState::Succeeded).await;
            let job = engine.job(&id).await;
            assert_eq!((job.state, job.lease_owner), (JobState::Parked, None));
            assert!(job.waiting.is_some(), "it says why it does not move");
            engine.stop().await;
        }
        let engine = Engine::start(&url, &Ledger::default()).await;
        let signalled = engine.runtime.signal(&id, BATCH, json!("go")).await;
        assert_eq!(signalled.unwrap(), Signalled::Woken);
        engine.wait_until(&id, JobState::Succeeded).await;
        let output = json!({ "signals": ["go"], "is_late": false });
        assert_eq!(engine.output(&id, 0).await, output);
        let late = engine.runtime.signal(&id, BATCH, json!("too late")).await;
        assert_eq!(late.unwrap(), Signalled::Ended);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_arrives_before_the_parking_is_not_lost() {
    each(|url| async move {
        let ledger = Ledger::default();
        ledger.hold_up(true);
        let engine = Engine::start(&url, &ledger).await;
        let id = engine.submit(parking(json!({ "signals": 1 }))).await;
        wait_for("the batch is about to park", async || {
            (ledger.opened(0) > 0).then_some(())
        })
        .await;
        let signalled = engine.runtime.signal(&id, BATCH, json!("early")).await;
        assert_eq!(signalled.unwrap(), Signalled::Kept);
        ledger.hold_up(false);
        engine.wait_until(&id, JobState::Succeeded).await;
        let output = json!({ "signals": ["early"], "is_late": false });
        assert_eq!(engine.output(&id, 0).await, output);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_arrive_once_each_and_in_their_order() {
    each(|url| async move {
        let ledger = Ledger::default();
        let engine = Engine::start(&url, &ledger).await;
        let id = engine.submit(parking(json!({ "signals": 5 }))).await;
        wait_for("the batch is open", async || {
            (ledger.opened(0) > 0).then_some(())
        })
        .await;
        let signals = ["a", "b", "b", "c", "a"];
        for signal in signals {
            let signalled = engine.runtime.signal(&id, BATCH, json!(signal)).await;
            let expected = [Signalled::Woken, Signalled::Kept];
            assert!(expected.contains(&signalled.unwrap()));
            if signal == "c" {
                engine.wait_until(&id, JobState::Parked).await;
            }
        }
        engine.wait_until(&id, JobState::Succeeded).await;
        let output = json!({ "signals": signals, "is_late": false });
        assert_eq!(engine.output(&id, 0).await, output);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_never_arrives_is_waited_for_until_its_time() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        for signals in [0, 1] {
            let params = json!({ "signals": signals, "longest_ms": 300 });
            let id = engine.submit(parking(params)).await;
            engine.wait_until(&id, JobState::Succeeded).await;
            let output = json!({ "signals": [], "is_late": signals > 0 });
            assert_eq!(engine.output(&id, 0).await["signals"], output["signals"]);
        }
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_passes_while_no_program_runs_is_noticed() {
    let database = TestDatabase::of("sqlite").await;
    let engine = Engine::start(&database.url, &Ledger::default()).await;
    let params = json!({ "signals": 1, "longest_ms": 1_000 });
    let id = engine.submit(parking(params)).await;
    engine.wait_until(&id, JobState::Parked).await;
    engine.stop().await;
    let engine = Engine::start(&database.url, &Ledger::default()).await;
    engine.wait_until(&id, JobState::Succeeded).await;
    let output = json!({ "signals": [], "is_late": true });
    assert_eq!(engine.output(&id, 0).await, output);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_job_can_be_cancelled_and_resumed() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        let id = engine.submit(parking(json!({ "signals": 1 }))).await;
        engine.wait_until(&id, JobState::Parked).await;
        engine.runtime.cancel(&id).await.unwrap();
        engine.wait_until(&id, JobState::Cancelled).await;
        assert!(engine.runtime.resume(&id).await.unwrap());
        engine.wait_until(&id, JobState::Parked).await;
        engine
            .runtime
            .signal(&id, BATCH, json!("go"))
            .await
            .unwrap();
        engine.wait_until(&id, JobState::Succeeded).await;
        engine.stop().await;
    })
    .await;
}
