//! Batches that take too long or fail, and how much of that a step bears.

use std::time::Duration;

use audience::engine::runtime::RuntimeLimits;
use audience::engine::seam::{StepPolicy, StopReason, Tolerance};
use entity::{AttemptOutcome, JobId, JobState};
use serde_json::{Value, json};

use super::kinds::Ledger;
use super::{Engine, chain, limits};
use crate::store::databases::TestDatabase;

/// Runs a step of the kind `many`, and one that adds up what it has left.
async fn run(params: Value, state: JobState) -> (Engine, JobId, Ledger) {
    let database = TestDatabase::of("sqlite").await;
    let ledger = Ledger::default();
    let engine = Engine::start(&database.url, &ledger).await;
    let steps = chain([
        ("numbers", "many", params),
        ("sum", "sum", json!({ "of": "numbers" })),
    ]);
    let id = engine.submit(steps).await;
    engine.wait_until(&id, state).await;
    // The file is needed for as long as the engine runs.
    std::mem::forget(database);
    (engine, id, ledger)
}

fn short_slices() -> StepPolicy {
    StepPolicy {
        slice_timeout: Some(Duration::from_millis(200)),
        stop_grace: Some(Duration::from_millis(50)),
        ..StepPolicy::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_hangs_is_ended_by_its_time_out_and_tried_again() {
    let params = json!({ "batches": 3, "hanging": { "1": 1 }, "policy": short_slices() });
    let (engine, id, ledger) = run(params, JobState::Succeeded).await;
    assert_eq!([0, 1, 2].map(|no| ledger.opened(no)), [1, 2, 1]);
    assert_eq!(ledger.stopped(), [StopReason::TimedOut]);
    let attempts = engine.store.jobs().attempts(&id, 100).await.unwrap();
    let failed: Vec<_> = attempts
        .iter()
        .filter(|attempt| attempt.outcome == AttemptOutcome::Failed)
        .map(|attempt| (attempt.step_no, attempt.batch_no, attempt.no))
        .collect();
    assert_eq!(failed, [(0, 1, 1)]);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_hangs_every_time_fails_its_job_with_the_reason() {
    let params = json!({ "batches": 2, "hanging": { "1": 99 }, "policy": short_slices() });
    let (engine, id, ledger) = run(params, JobState::Failed).await;
    assert_eq!(ledger.opened(1), 2, "as often as it may be tried");
    let error = engine.job(&id).await.error.unwrap();
    assert!(error.contains("step `numbers`"), "{error}");
    assert!(error.contains("timed out"), "{error}");
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_stops_at_its_time_out_fails_with_the_time_that_it_may_take() {
    let database = TestDatabase::of("sqlite").await;
    let limits = RuntimeLimits {
        slice_timeout: Some(Duration::from_millis(200)),
        ..limits()
    };
    let engine = Engine::start_with(&database.url, &Ledger::default(), limits).await;
    let obedient = json!({ "obedient": [0] });
    let id = engine.submit(chain([("numbers", "many", obedient)])).await;
    let job = engine.wait_until(&id, JobState::Failed).await;
    let error = job.error.unwrap();
    let expected = "a slice took longer than 200ms (runtime.batch_timeout_s)";
    assert!(error.contains(expected), "{error}");
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_has_always_another_slice_is_ended_by_its_time_out() {
    let policy = StepPolicy {
        attempt_timeout: Some(Duration::from_millis(300)),
        attempts_max: Some(1),
        ..StepPolicy::default()
    };
    let params = json!({ "batches": 1, "endless": [0], "policy": policy });
    let (engine, _, ledger) = run(params, JobState::Failed).await;
    assert_eq!(ledger.stopped(), [StopReason::TimedOut]);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_are_tolerated_are_counted_and_the_others_are_output() {
    for tolerate in [Tolerance::Batches(2), Tolerance::Share(0.5)] {
        let policy = StepPolicy {
            tolerate,
            ..StepPolicy::default()
        };
        let params = json!({ "batches": 5, "failing": [1, 3], "policy": policy });
        let (engine, id, _) = run(params, JobState::Succeeded).await;
        assert_eq!(engine.output(&id, 0).await, json!([0, 2, 4]));
        let sum = json!({ "count": 3, "sum": 6, "failed": 2 });
        assert_eq!(engine.output(&id, 1).await, sum);
        engine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_more_than_is_tolerated_fails_the_job() {
    for tolerate in [
        Tolerance::None,
        Tolerance::Batches(1),
        Tolerance::Share(0.3),
    ] {
        let policy = StepPolicy {
            tolerate,
            ..StepPolicy::default()
        };
        let params = json!({ "batches": 5, "failing": [1, 3], "policy": policy });
        let (engine, id, _) = run(params, JobState::Failed).await;
        let error = engine.job(&id).await.error.unwrap();
        assert!(error.contains("is bad"), "{error}");
        engine.stop().await;
    }
}
