//! Jobs of few and of very many batches.

use entity::JobState;
use serde_json::json;

use super::kinds::Ledger;
use super::{Engine, chain};
use crate::store::databases::TestDatabase;

/// A job whose batches are each worked on once, and whose last step adds their outputs up.
async fn each_batch_is_worked_on_once(kind: &'static str, batches: u64) {
    let database = TestDatabase::of(kind).await;
    let ledger = Ledger::default();
    let engine = Engine::start(&database.url, &ledger).await;
    let many = json!({ "batches": batches, "policy": { "batches_at_once": 32 } });
    let steps = chain([
        ("numbers", "many", many),
        ("sum", "sum", json!({ "of": "numbers" })),
    ]);
    let id = engine.submit(steps).await;
    engine.wait_until(&id, JobState::Succeeded).await;
    let numbers: Vec<u64> = (0..batches).collect();
    assert_eq!(
        engine.output(&id, 0).await,
        json!(numbers),
        "in their order"
    );
    let sum = json!({ "count": batches, "sum": numbers.iter().sum::<u64>(), "failed": 0 });
    assert_eq!(engine.output(&id, 1).await, sum);
    for no in numbers {
        assert_eq!(ledger.opened(no), 1, "batch {no}");
    }
    let step = &engine.steps(&id).await[0];
    let counted = (step.batches_total, step.batches_done, step.batches_failed);
    let batches = i32::try_from(batches).unwrap();
    assert_eq!(counted, (batches, batches, 0));
    engine.stop().await;
    database.drop_it().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_batches_are_each_worked_on_once() {
    for kind in ["sqlite", "postgres", "mysql"] {
        each_batch_is_worked_on_once(kind, 10).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_batches_are_each_worked_on_once() {
    for kind in ["sqlite", "postgres", "mysql"] {
        each_batch_is_worked_on_once(kind, 1_000).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_batches_are_each_worked_on_once() {
    each_batch_is_worked_on_once("sqlite", 10_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_without_batches_completes() {
    let database = TestDatabase::of("sqlite").await;
    let engine = Engine::start(&database.url, &Ledger::default()).await;
    let id = engine
        .submit(chain([("numbers", "many", json!({ "batches": 0 }))]))
        .await;
    engine.wait_until(&id, JobState::Succeeded).await;
    engine.stop().await;
}
