//! What a timeline is drawn from, on each database.

use std::time::{SystemTime, UNIX_EPOCH};

use audience::engine::store::{AttemptEnd, BatchKey, NewBatch, NewPlan, Store};
use audience::engine::timeline::{Axis, MarkKind, Story, by_step};
use entity::{AttemptOutcome, JobState};
use serde_json::json;

use super::databases::each;
use super::keeping::two_steps;
use super::leasing::claim;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_micros()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_counted_by_when_they_began_and_ended() {
    const BATCHES: i32 = 6;
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        store.jobs().submit(job.clone(), 10).await.unwrap();
        let claim = claim(&store, &job.id, 60_000).await.unwrap();
        let from = store
            .jobs()
            .find(&job.id)
            .await
            .unwrap()
            .unwrap()
            .started_at;
        let from = from.unwrap();
        let batch = || NewBatch {
            key: None,
            spec: json!({}),
            checkpoint: None,
        };
        let plan = NewPlan {
            batches: (0..BATCHES).map(|_| batch()).collect(),
            notes: None,
            policy: None,
            output: None,
            begins: None,
        };
        assert!(store.steps().store_plan(&claim, 0, plan).await.unwrap());
        let batches = store.batches();
        for no in 0..BATCHES {
            let key = BatchKey { step_no: 0, no };
            let begun = batches.begin_attempt(&claim, key, 0, 0, false, false).await;
            assert_eq!(begun.unwrap(), Some(1));
            let end = AttemptEnd {
                outcome: AttemptOutcome::Failed,
                error: Some("bad".to_owned()),
                failures: 1,
                outages: 0,
                not_before_at: None,
                given_up: false,
                quiet: false,
            };
            if no < 2 {
                let ended = batches.end_attempt(&claim, key, (0, 1), &end).await;
                assert!(ended.unwrap());
            }
        }
        store.jobs().adopt(&claim).await.unwrap();
        let timelines = store.timelines();
        let axis = Axis::new(from, now());
        let steps = by_step(axis, &timelines.groups(&job.id, axis, 1).await.unwrap());
        assert_eq!(steps.len(), 1);
        let step = &steps[&0];
        // The actor that adopts a job closes what the one before has left open.
        assert_eq!((step.attempts, step.failed), (6, 6));
        assert!(step.begun >= from && step.ended <= axis.until);
        let failed: u64 = step.density.values().map(|part| part.failed).sum();
        assert_eq!(failed, 6);
        let worked: f64 = step.density.values().map(|part| part.at_work).sum();
        let worked = worked * axis.part as f64;
        let attempts = timelines.attempts(&job.id, from, 100).await.unwrap();
        let took = attempts
            .iter()
            .map(|one| one.ended_at.unwrap() - one.started_at);
        let took = took.sum::<i64>() as f64;
        assert!(
            (worked - took).abs() < 1.0,
            "{worked} µs instead of {took} µs"
        );
        // One in three batches.
        let some = by_step(axis, &timelines.groups(&job.id, axis, 3).await.unwrap());
        assert_eq!(some[&0].attempts, 2);
        // Nothing has begun since then.
        let later = Axis::new(axis.until + 1, axis.until + 1);
        assert_eq!(timelines.groups(&job.id, later, 1).await.unwrap(), []);
        let story = Story::of(&timelines.story(&job.id).await.unwrap());
        let marks: Vec<_> = story.marks.iter().map(|mark| mark.kind).collect();
        assert_eq!(marks, [MarkKind::Started, MarkKind::Restarted]);
        store
            .jobs()
            .end(&claim, JobState::Failed, None)
            .await
            .unwrap();
        store.close().await;
    })
    .await;
}
