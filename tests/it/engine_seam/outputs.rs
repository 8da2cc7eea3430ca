//! What a step leaves is found by later steps, by its name and its type.

use entity::JobState;
use serde_json::json;

use super::kinds::Ledger;
use super::{Engine, chain};
use crate::store::databases::each;

#[tokio::test(flavor = "multi_thread")]
async fn a_later_step_finds_the_output_of_any_step_before_it() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        let of = json!({ "of": "numbers" });
        let steps = chain([
            ("numbers", "many", json!({ "batches": 4 })),
            ("sum", "sum", of.clone()),
            ("sum again", "sum", of),
        ]);
        let id = engine.submit(steps).await;
        engine.wait_until(&id, JobState::Succeeded).await;
        let sum = json!({ "count": 4, "sum": 6, "failed": 0 });
        assert_eq!(engine.output(&id, 1).await, sum);
        assert_eq!(engine.output(&id, 2).await, sum);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_is_missing_or_of_another_type_fails_the_job_with_the_reason() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        for (of, reason) in [
            ("number", "step `number` has left no output"),
            (
                "sum",
                "the output of step `sum` is not what is expected here",
            ),
        ] {
            let steps = chain([
                ("numbers", "many", json!({ "batches": 2 })),
                ("sum", "sum", json!({ "of": "numbers" })),
                ("wrong", "sum", json!({ "of": of })),
            ]);
            let id = engine.submit(steps).await;
            let job = engine.wait_until(&id, JobState::Failed).await;
            let error = job.error.unwrap();
            assert!(error.contains(reason), "{error}");
        }
        engine.stop().await;
    })
    .await;
}
