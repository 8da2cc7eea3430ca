//! Jobs, their inputs and their history.

use audience::engine::store::{
    JobFilter, NewJob, NewStep, Store, StoreError, Submitted, blob_digest,
};
use entity::{JobId, JobState, StepState};
use serde_json::json;

use super::databases::each;

/// A job of two steps, the second after the first.
pub(super) fn two_steps() -> NewJob {
    let step = |name: &str, after: Vec<i32>| NewStep {
        name: name.to_owned(),
        kind: "any".to_owned(),
        params: json!({ "texts": ["阿美", "a\u{1f600}b", "quote \" and \\"] }),
        after,
        delay_s: 0,
    };
    NewJob {
        id: JobId::new(),
        flow: "test".to_owned(),
        queue: "queue1".to_owned(),
        request: json!({ "asked": "阿美" }),
        steps: vec![step("first", vec![]), step("second", vec![0])],
        ..NewJob::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_read_as_it_was_submitted() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        let submitted = store.jobs().submit(job.clone(), 10).await.unwrap();
        assert_eq!(submitted, Submitted::New(job.id.clone()));
        let found = store.jobs().find(&job.id).await.unwrap().unwrap();
        assert_eq!(found.state, JobState::Queued);
        assert_eq!(found.request, job.request.to_string());
        assert!(!found.cancel_requested);
        let steps = store.steps().of(&job.id).await.unwrap();
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[0].params, job.steps[0].params.to_string());
        assert_eq!(steps[1].after, "[0]");
        assert!(steps.iter().all(|step| step.state == StepState::Pending));
        let again = store.jobs().submit(job.clone(), 10).await.unwrap();
        assert_eq!(again, Submitted::Existing(job.id.clone()));
        let mut other = job.clone();
        other.queue = "queue2".to_owned();
        let refused = store.jobs().submit(other, 10).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::OtherRequest { .. }),
            "{refused}"
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idempotency_keys_are_told_apart_by_every_letter() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let keyed = |key: &str| NewJob {
            idempotency_key: Some(key.to_owned()),
            ..two_steps()
        };
        let first = keyed("Key-é");
        store.jobs().submit(first.clone(), 10).await.unwrap();
        let other = store.jobs().submit(keyed("key-e"), 10).await.unwrap();
        assert!(
            matches!(other, Submitted::New(_)),
            "another key, another job"
        );
        let again = store.jobs().submit(keyed("Key-é"), 10).await.unwrap();
        assert_eq!(again, Submitted::Existing(first.id.clone()));
        let found = store.jobs().find_by_key("Key-é").await.unwrap().unwrap();
        assert_eq!(found.id, first.id);
        let mut else_wanted = keyed("Key-é");
        else_wanted.flow = "else".to_owned();
        let refused = store.jobs().submit(else_wanted, 10).await.unwrap_err();
        assert!(matches!(refused, StoreError::KeyReused), "{refused}");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_jobs_wait_than_allowed() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let mut kept = Vec::new();
        for _ in 0..3 {
            let job = two_steps();
            store.jobs().submit(job.clone(), 3).await.unwrap();
            kept.push(job.id);
        }
        let refused = store.jobs().submit(two_steps(), 3).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::QueueFull { limit: 3 }),
            "{refused}"
        );
        let listed = store.jobs().page(&JobFilter::default(), 10).await.unwrap();
        let listed: Vec<JobId> = listed.into_iter().map(|job| job.id).collect();
        kept.reverse();
        assert_eq!(listed, kept, "newest first");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_input_is_stored_once_and_whole() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let body: Vec<u8> = (0..12_000_000_u32).map(|no| (no % 251) as u8).collect();
        let with_body = || NewJob {
            blobs: vec![body.clone()],
            ..two_steps()
        };
        store.jobs().submit(with_body(), 10).await.unwrap();
        store.jobs().submit(with_body(), 10).await.unwrap();
        let read = store.blobs().get(&blob_digest(&body)).await.unwrap();
        assert!(read == Some(body), "the same twelve million bytes");
        store.close().await;
    })
    .await;
}
