//! Jobs that need jobs, and slots that they hold, run by an engine.

use std::sync::Arc;

use audience::engine::store::{Need, NewJob, NothingBeside, SlotCapacities};
use entity::JobState;
use serde_json::{Value, json};

use super::kinds::Ledger;
use super::{Engine, chain, new_job};
use crate::store::databases::each;

/// There is one core, and nothing else.
pub(super) struct OneCore;

impl SlotCapacities for OneCore {
    fn capacity(&self, name: &str) -> Option<u32> {
        (name == "core").then_some(1)
    }
}

fn job(title: &str, params: Value, needs: &[&NewJob]) -> NewJob {
    let needs = needs.iter().map(|needed| Need {
        job: needed.id.clone(),
        soft: false,
    });
    NewJob {
        title: Some(title.to_owned()),
        needs: needs.collect(),
        ..new_job(chain([("numbers", "many", params)]))
    }
}

impl Engine {
    async fn submit_all(&self, jobs: &[&NewJob]) {
        let jobs = jobs.iter().map(|job| (*job).clone()).collect();
        let stored = self.runtime.submit_together(jobs, Arc::new(NothingBeside));
        stored.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_job_needs_runs_first_and_what_needs_a_failed_one_never_does() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        let good = job("good", json!({}), &[]);
        let bad = job("bad", json!({ "failing": [0] }), &[]);
        let after_good = job("after good", json!({}), &[&good]);
        let last = job("last", json!({}), &[&after_good, &good]);
        let after_bad = job("after bad", json!({}), &[&good, &bad]);
        let never = job("never", json!({}), &[&after_bad]);
        engine
            .submit_all(&[&never, &last, &after_bad, &after_good, &good, &bad])
            .await;
        engine.wait_until(&last.id, JobState::Succeeded).await;
        engine.wait_until(&bad.id, JobState::Failed).await;
        for skipped in [&after_bad, &never] {
            let job = engine.wait_until(&skipped.id, JobState::Skipped).await;
            assert_eq!(job.error.as_deref(), Some("bad failed"));
            assert_eq!(job.lease_epoch, 0, "it never ran");
        }
        let [first, second] = [engine.job(&after_good.id).await, engine.job(&last.id).await];
        assert!(first.ended_at <= second.started_at);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_held_back_names_what_it_waits_for() {
    each(|url| async move {
        let engine = Engine::start(&url, &Ledger::default()).await;
        let with_core = |title: &str, slot: &str| NewJob {
            slots: vec![(slot.to_owned(), 1)],
            ..job(title, json!({ "endless": [0] }), &[])
        };
        let first = with_core("first", "core");
        let second = with_core("second", "core");
        let unknown = with_core("third", "desk");
        let after = job("after", json!({}), &[&first, &second]);
        engine
            .submit_all(&[&first, &second, &unknown, &after])
            .await;
        engine.wait_until(&first.id, JobState::Running).await;
        let expected = [
            (&second, "waits for core: 1 of 1 held by first"),
            (&unknown, "waits for desk: how many there are is not known"),
            (&after, "waits for 2 jobs"),
        ];
        for (job, reason) in expected {
            let waiting = engine.waits_for(&job.id).await;
            assert_eq!(waiting.as_deref(), Some(reason));
            let mut listed = [engine.job(&job.id).await];
            engine.runtime.fill_in_places(&mut listed).await.unwrap();
            assert_eq!(listed[0].waiting.as_deref(), Some(reason));
        }
        // A job without slots is not held up.
        let free = engine.submit(chain([("a", "many", json!({}))])).await;
        engine.wait_until(&free, JobState::Succeeded).await;
        engine.runtime.cancel(&first.id).await.unwrap();
        engine.wait_until(&second.id, JobState::Running).await;
        let cancelled = engine.wait_until(&after.id, JobState::Skipped).await;
        assert_eq!(cancelled.error.as_deref(), Some("first was cancelled"));
        engine.runtime.cancel(&unknown.id).await.unwrap();
        engine.wait_until(&unknown.id, JobState::Cancelled).await;
        engine.stop().await;
    })
    .await;
}
