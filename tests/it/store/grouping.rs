//! What is written together is judged apart.

use audience::engine::store::{
    BatchKey, CompletedStep, Finish, NewBatch, NewJob, NewPlan, SliceRecord, Store, StoreError,
    Submitted,
};
use entity::{BatchState, JobId, JobState, StepState};
use futures_util::future::join_all;

use super::databases::{each, say};
use super::keeping::two_steps;
use super::leasing::claim;

fn both_steps() -> Vec<CompletedStep> {
    let step = |no| CompletedStep {
        no,
        from: StepState::Pending,
        notes: Some(format!("of step {no}")),
        output: None,
    };
    vec![step(0), step(1)]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_burst_of_submissions_as_many_are_stored_as_may_wait() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let jobs: Vec<NewJob> = (0..700).map(|_| two_steps()).collect();
        let jobs_of = store.jobs();
        let submits = jobs.iter().map(|job| jobs_of.submit(job.clone(), 500));
        let outcomes = join_all(submits).await;
        let mut stored = 0;
        for (job, outcome) in jobs.iter().zip(outcomes) {
            let found = store.jobs().find(&job.id).await.unwrap();
            match outcome {
                Ok(submitted) => {
                    assert_eq!(submitted, Submitted::New(job.id.clone()));
                    assert!(found.is_some(), "what was answered for is stored");
                    stored += 1;
                }
                Err(error) => {
                    assert!(
                        matches!(error, StoreError::QueueFull { limit: 500 }),
                        "{error}"
                    );
                    assert!(found.is_none(), "what was refused is not");
                }
            }
        }
        assert_eq!(stored, 500);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_is_refused_does_not_take_others_along() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let keyed = |queue: &str| NewJob {
            idempotency_key: Some("one key".to_owned()),
            queue: queue.to_owned(),
            ..two_steps()
        };
        // Too long for its column on a server: an error of the statement, not of the set's.
        let unfit = NewJob {
            flow: "f".repeat(70),
            ..two_steps()
        };
        let mut jobs: Vec<NewJob> = (0..40).map(|_| two_steps()).collect();
        jobs.insert(10, keyed("queue1"));
        jobs.insert(20, keyed("queue1"));
        jobs.insert(30, keyed("queue2"));
        jobs.insert(35, unfit);
        let jobs_of = store.jobs();
        let submits = jobs.iter().map(|job| jobs_of.submit(job.clone(), 500));
        let outcomes = join_all(submits).await;
        let first = Submitted::New(jobs[10].id.clone());
        for (at, (job, outcome)) in jobs.iter().zip(outcomes).enumerate() {
            match at {
                10 => assert_eq!(outcome.unwrap(), first),
                20 => assert_eq!(outcome.unwrap(), Submitted::Existing(jobs[10].id.clone())),
                30 => assert!(matches!(outcome, Err(StoreError::KeyReused))),
                35 if !url.starts_with("sqlite") => {
                    assert!(!outcome.unwrap_err().is_transient());
                    assert!(store.jobs().find(&job.id).await.unwrap().is_none());
                }
                _ => {
                    assert_eq!(outcome.unwrap(), Submitted::New(job.id.clone()));
                    assert_eq!(store.steps().of(&job.id).await.unwrap().len(), 2);
                    let events = store.events().after(&job.id, 0, 10).await.unwrap();
                    assert_eq!(events.len(), 1, "told once");
                }
            }
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_lost_within_a_group_stops_only_its_holder() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let mut claims = Vec::new();
        for _ in 0..20 {
            let job = two_steps();
            store.jobs().submit(job.clone(), 100).await.unwrap();
            claims.push(claim(&store, &job.id, 60_000).await.unwrap());
        }
        let lost = claims[7].clone();
        store.leases().release(&lost).await.unwrap();
        let now = claim(&store, &lost.job, 60_000).await.unwrap();
        let (jobs_of, steps_of) = (store.jobs(), store.steps());
        // Finishes in a set, and in between somebody who takes a turn and loses it.
        let finishes = claims.iter().map(|claim| {
            let steps = both_steps();
            jobs_of.finish(Finish {
                claim: claim.clone(),
                steps,
                is_noted: false,
            })
        });
        let (turn, finished) = tokio::join!(steps_of.delay(&lost, 0, 5), join_all(finishes));
        assert!(matches!(turn, Err(StoreError::LeaseLost { .. })));
        for (claim, finished) in claims.iter().zip(finished) {
            let job = store.jobs().find(&claim.job).await.unwrap().unwrap();
            let steps = store.steps().of(&claim.job).await.unwrap();
            if claim.job == lost.job {
                assert!(
                    matches!(finished, Err(StoreError::LeaseLost { .. })),
                    "{finished:?}"
                );
                assert_eq!((job.state, job.lease_epoch), (JobState::Running, now.epoch));
                assert!(steps.iter().all(|step| step.state == StepState::Pending));
                continue;
            }
            assert!(finished.unwrap());
            assert_eq!((job.state, job.lease_owner), (JobState::Succeeded, None));
            assert!(steps.iter().all(|step| step.state == StepState::Completed));
            assert_eq!(steps[1].notes.as_deref(), Some("of step 1"));
            let events = store.events().after(&claim.job, 0, 10).await.unwrap();
            let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
            let all = [
                "job.queued",
                "job.started",
                "step.completed",
                "step.completed",
            ];
            assert_eq!(kinds[..4], all);
            assert_eq!(kinds[4..], ["job.succeeded"]);
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_changes_for_many_jobs_only_what_does_not_fit_is_left_out() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let mut claims = Vec::new();
        for _ in 0..20 {
            let job = two_steps();
            store.jobs().submit(job.clone(), 100).await.unwrap();
            claims.push(claim(&store, &job.id, 60_000).await.unwrap());
        }
        let begins = || NewPlan {
            batches: vec![NewBatch::default()],
            begins: Some(0),
            ..NewPlan::default()
        };
        let (lost, planned) = (claims[5].job.clone(), claims[12].job.clone());
        store.leases().release(&claims[5]).await.unwrap();
        let first = NewPlan {
            batches: vec![NewBatch::default(), NewBatch::default()],
            ..NewPlan::default()
        };
        let steps_of = store.steps();
        assert!(steps_of.store_plan(&claims[12], 0, first).await.unwrap());
        let plans = claims
            .iter()
            .map(|claim| steps_of.store_plan(claim, 0, begins()));
        let outcomes = join_all(plans).await;
        let key = BatchKey { step_no: 0, no: 0 };
        let batches_of = store.batches();
        for (claim, outcome) in claims.iter().zip(outcomes) {
            let batch = batches_of.find(&claim.job, key).await.unwrap();
            let attempts = batch.map(|batch| batch.attempts);
            if claim.job == lost {
                assert!(
                    matches!(outcome, Err(StoreError::LeaseLost { .. })),
                    "{outcome:?}"
                );
                assert_eq!(attempts, None);
            } else if claim.job == planned {
                assert!(!outcome.unwrap(), "planned before");
                assert_eq!(attempts, Some(0));
            } else {
                assert!(outcome.unwrap());
                assert_eq!(attempts, Some(1));
            }
        }
        // Those that have begun complete together; an attempt is not begun twice.
        claims.retain(|claim| claim.job != planned);
        let ends = claims
            .iter()
            .map(|claim| batches_of.complete(claim, key, (0, 1), SliceRecord::default()));
        let ends = join_all(ends).await;
        for (claim, end) in claims.iter().zip(ends) {
            if claim.job == lost {
                assert!(end.is_err());
                continue;
            }
            end.unwrap();
            let batch = batches_of.find(&claim.job, key).await.unwrap();
            let steps = steps_of.of(&claim.job).await.unwrap();
            assert_eq!(steps[0].batches_done, 1);
            assert_eq!(batch.unwrap().state, BatchState::Completed);
            let again = batches_of.begin_attempt(claim, key, 0, 0, false, false);
            assert_eq!(again.await.unwrap(), None);
            let events = store.events().after(&claim.job, 0, 10).await.unwrap();
            let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
            let all = [
                "job.queued",
                "job.started",
                "step.planned",
                "batch.started",
                "batch.completed",
            ];
            assert_eq!(kinds, all);
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_not_as_it_was_thought_to_be_keeps_its_job_from_ending() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        store.jobs().submit(job.clone(), 100).await.unwrap();
        let claim = claim(&store, &job.id, 60_000).await.unwrap();
        store
            .steps()
            .store_plan(&claim, 1, NewPlan::default())
            .await
            .unwrap();
        let finish = Finish {
            claim,
            steps: both_steps(),
            is_noted: false,
        };
        assert!(!store.jobs().finish(finish).await.unwrap());
        let found = store.jobs().find(&job.id).await.unwrap().unwrap();
        assert_eq!(found.state, JobState::Running);
        let steps = store.steps().of(&job.id).await.unwrap();
        assert_eq!(steps[0].state, StepState::Pending);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_are_taken_in_the_order_of_asking() {
    each(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let job = two_steps();
        store.jobs().submit(job.clone(), 100).await.unwrap();
        let claim = claim(&store, &job.id, 60_000).await.unwrap();
        let reasons: Vec<String> = (0..30).map(|no| format!("reason {no}")).collect();
        let jobs = store.jobs();
        let notes = reasons
            .iter()
            .map(|reason| jobs.set_waiting(&claim, Some(reason)));
        for noted in join_all(notes).await {
            noted.unwrap();
        }
        let events = store.events().after(&job.id, 0, 100).await.unwrap();
        let told: Vec<String> = events
            .iter()
            .filter(|event| event.kind == "job.waiting")
            .map(|event| event.data.clone())
            .collect();
        let expected: Vec<String> = reasons
            .iter()
            .map(|reason| format!("{{\"reason\":\"{reason}\"}}"))
            .collect();
        assert_eq!(told, expected);
        store.close().await;
    })
    .await;
}

/// Cuts all connections to the database but its own.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_committed_is_not_answered_for() {
    each(|url| async move {
        if !url.starts_with("postgres") {
            return;
        }
        let store = Store::open(&url).await.unwrap();
        let submit = |_| async {
            let job = two_steps();
            (job.id.clone(), store.jobs().submit(job, 100_000).await)
        };
        let bursts = async {
            let mut all: Vec<(JobId, Result<Submitted, StoreError>)> = Vec::new();
            for _ in 0..30 {
                all.extend(join_all((0..40).map(submit)).await);
            }
            all
        };
        let cuts = async {
            for _ in 0..5 {
                say(&url, CUT).await;
                tokio::task::yield_now().await;
            }
        };
        let (all, ()) = tokio::join!(bursts, cuts);
        // Connections that were cut while nobody used them are noticed when they are.
        let again = Store::open(&url).await.unwrap();
        for (id, outcome) in all {
            match outcome {
                Ok(_) => assert!(again.jobs().find(&id).await.unwrap().is_some()),
                Err(error) => assert!(error.is_transient(), "{error:?}"),
            }
        }
        assert!(
            store.jobs().submit(two_steps(), 100_000).await.is_ok(),
            "it goes on"
        );
        again.close().await;
        store.close().await;
    })
    .await;
}
