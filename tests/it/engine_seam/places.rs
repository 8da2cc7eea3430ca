//! Jobs that only wait leave their places to others.

use std::time::Duration;

use audience::backoff::Backoff;
use audience::engine::runtime::RuntimeLimits;
use audience::engine::store::{NewPlan, Owner, Wanted};
use entity::{JobId, JobState};
use serde_json::json;

use super::kinds::Ledger;
use super::{Engine, chain, limits, new_job};
use crate::store::databases::each;
use crate::support::wait_for;

fn one_place() -> RuntimeLimits {
    RuntimeLimits {
        jobs_at_once: 1,
        // Long enough to be parked for.
        backoff: Backoff {
            first: Duration::from_secs(7),
            longest: Duration::from_secs(7),
        },
        ..limits()
    }
}

/// Another job, which runs to its end.
async fn another_runs(engine: &Engine) {
    let other = engine.submit(chain([("numbers", "many", json!({}))])).await;
    engine.wait_until(&other, JobState::Succeeded).await;
}

async fn parked_with(engine: &Engine, id: &JobId, expected: &str) {
    let job = engine.wait_until(id, JobState::Parked).await;
    assert_eq!(job.lease_owner, None);
    let waiting = engine.waits_for(id).await.unwrap();
    assert!(waiting.contains(expected), "{waiting}");
}

/// The history of a job.
async fn all_events(engine: &Engine, id: &JobId) -> Vec<String> {
    let events = engine.store.events().after(id, 0, 1_000).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

async fn events(engine: &Engine, id: &JobId, kind: &str) -> usize {
    let events = all_events(engine, id).await;
    events.iter().filter(|event| *event == kind).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_urgent_begins_although_neither_process_nor_queue_has_a_place() {
    each(|url| async move {
        let mut limits = one_place();
        limits.queue_jobs_max = [("queue1".to_owned(), 1)].into();
        let engine = Engine::start_with(&url, &Ledger::default(), limits).await;
        let endless = chain([("numbers", "many", json!({ "endless": [0] }))]);
        let endless = engine.submit(endless).await;
        engine.wait_until(&endless, JobState::Running).await;
        let mut urgent = new_job(chain([("numbers", "many", json!({}))]));
        urgent.is_urgent = true;
        let urgent = engine.runtime.submit(urgent).await.unwrap().job().clone();
        engine.wait_until(&urgent, JobState::Succeeded).await;
        assert_eq!(engine.job(&endless).await.state, JobState::Running);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_its_countdown_leaves_its_place_to_others_and_ends_when_it_is_over() {
    each(|url| async move {
        let engine = Engine::start_with(&url, &Ledger::default(), one_place()).await;
        let mut steps = chain([("a", "many", json!({})), ("b", "many", json!({}))]);
        steps[1].delay_s = 6;
        let id = engine.submit(steps).await;
        parked_with(&engine, &id, "countdown of 6 s: step `b` begins at ").await;
        another_runs(&engine).await;
        assert_eq!(engine.job(&id).await.state, JobState::Parked);
        engine.wait_until(&id, JobState::Succeeded).await;
        assert_eq!(events(&engine, &id, "job.woken").await, 1);
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_its_countdown_can_be_cancelled_and_keeps_its_place_in_its_queue() {
    each(|url| async move {
        let mut limits = one_place();
        limits.queue_jobs_max = [("queue1".to_owned(), 1)].into();
        let engine = Engine::start_with(&url, &Ledger::default(), limits).await;
        let mut steps = chain([("a", "many", json!({})), ("b", "many", json!({}))]);
        steps[1].delay_s = 3_600;
        let first = engine.submit(steps).await;
        engine.wait_until(&first, JobState::Parked).await;
        let second = engine.submit(chain([("numbers", "many", json!({}))])).await;
        let holder = format!("that is job {first} in its countdown");
        for expected in ["queue `queue1` is full", "1 job at a time", &holder] {
            let waiting = engine.waits_for(&second).await.unwrap();
            assert!(waiting.contains(expected), "{waiting}");
        }
        let noted = || async { (events(&engine, &second, "job.waiting").await > 0).then_some(()) };
        wait_for("the history says so", noted).await;
        // Whatever else is looked for.
        let mut elsewhere = new_job(chain([("numbers", "many", json!({}))]));
        elsewhere.queue = "queue2".to_owned();
        let other = elsewhere.id.clone();
        engine.runtime.submit(elsewhere).await.unwrap();
        engine.wait_until(&other, JobState::Succeeded).await;
        assert_eq!(events(&engine, &second, "job.waiting").await, 1);
        engine.runtime.cancel(&first).await.unwrap();
        engine.wait_until(&second, JobState::Succeeded).await;
        engine.wait_until(&first, JobState::Cancelled).await;
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_source_is_away_leaves_its_place_to_others_until_the_next_attempt() {
    each(|url| async move {
        for away in [json!({ "remote": true }), json!({ "shown_there": true })] {
            let ledger = Ledger::default();
            ledger.be_away(true);
            let engine = Engine::start_with(&url, &ledger, one_place()).await;
            let id = engine.submit(chain([("numbers", "many", away)])).await;
            let expected = "waiting for the source since ";
            parked_with(&engine, &id, expected).await;
            let first = engine.waits_for(&id).await;
            another_runs(&engine).await;
            let history = all_events(&engine, &id).await;
            for epoch in [2, 3] {
                let looked =
                    || async { (engine.job(&id).await.lease_epoch >= epoch).then_some(()) };
                wait_for("the next attempt", looked).await;
                parked_with(&engine, &id, expected).await;
                assert_eq!(engine.waits_for(&id).await, first, "it is the same outage");
            }
            assert_eq!(events(&engine, &id, "job.waiting").await, 1);
            assert_eq!(
                all_events(&engine, &id).await,
                history,
                "nothing has happened"
            );
            ledger.be_away(false);
            let job = engine.wait_until(&id, JobState::Succeeded).await;
            assert_eq!(job.waiting, None);
            assert_eq!(events(&engine, &id, "job.waiting_ended").await, 1);
            engine.stop().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_does_not_know_the_source_of_a_job_leaves_it_to_others() {
    each(|url| async move {
        let engine = Engine::start_with(&url, &Ledger::default(), one_place()).await;
        let unknown = json!({ "unknown": "a" });
        let id = engine.submit(chain([("numbers", "many", unknown)])).await;
        let waiting = wait_for("the job says why", async || {
            let waiting = engine.waits_for(&id).await;
            waiting.filter(|waiting| waiting.contains("left to another process"))
        })
        .await;
        assert!(waiting.contains("left to another process"), "{waiting}");
        assert!(
            waiting.contains("step `numbers`: source `a` is unknown"),
            "{waiting}"
        );
        another_runs(&engine).await;
        another_runs(&engine).await;
        let job = engine.job(&id).await;
        assert_eq!((job.state, job.lease_owner), (JobState::Parked, None));
        assert_eq!(job.lease_epoch, 1, "it is not claimed again and again");
        assert_eq!(events(&engine, &id, "job.waiting").await, 1);
        engine.runtime.cancel(&id).await.unwrap();
        engine.wait_until(&id, JobState::Cancelled).await;
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_left_to_others_is_continued_here_once_it_needs_nothing_that_is_missing() {
    each(|url| async move {
        let engine = Engine::start_with(&url, &Ledger::default(), one_place()).await;
        let unknown = json!({ "unknown": "a" });
        let steps = [("a", "many", unknown), ("b", "many", json!({}))];
        let id = engine.submit(chain(steps)).await;
        let store = &engine.store;
        // As another process does.
        let wanted = Wanted {
            only: Some(id.clone()),
            places: 1,
            ..Wanted::default()
        };
        let claim = wait_for("the job is left", async || {
            let job = engine.job(&id).await;
            let is_left = job.waiting.is_some() && job.lease_owner.is_none();
            if !is_left {
                return None;
            }
            let (leases, owner) = (store.leases(), Owner::this_process());
            let states = [JobState::Parked];
            let claimed = leases.claim(&wanted, &states, &owner, 60_000).await;
            claimed.unwrap().pop().map(|claimed| claimed.claim)
        })
        .await;
        store.jobs().set_waiting(&claim, None).await.unwrap();
        let plan = NewPlan::default();
        store.steps().store_plan(&claim, 0, plan).await.unwrap();
        store.steps().complete(&claim, 0, None).await.unwrap();
        store.leases().release(&claim).await.unwrap();
        another_runs(&engine).await;
        engine.wait_until(&id, JobState::Succeeded).await;
        engine.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_left_to_others_is_run_by_one_that_fits_once_it_has_a_place() {
    each(|url| async move {
        let knowing = Ledger::default();
        knowing.know_all();
        let fitting = Engine::start_with(&url, &knowing, one_place()).await;
        let endless = chain([("numbers", "many", json!({ "endless": [0] }))]);
        let holder = fitting.submit(endless).await;
        fitting.wait_until(&holder, JobState::Running).await;
        let other = Engine::start_with(&url, &Ledger::default(), one_place()).await;
        let unknown = || chain([("numbers", "many", json!({ "unknown": "a" }))]);
        let mut with_slots = new_job(unknown());
        with_slots.slots = vec![("core".to_owned(), 1)];
        let slotted = with_slots.id.clone();
        other.runtime.submit(with_slots).await.unwrap();
        let plain = other.submit(unknown()).await;
        for id in [&plain, &slotted] {
            parked_with(&other, id, "left to another process").await;
        }
        another_runs(&other).await;
        let history = all_events(&other, &plain).await;
        assert_eq!(history, ["job.queued", "job.started", "job.waiting"]);
        let third = Engine::start_with(&url, &Ledger::default(), one_place()).await;
        let looked = || async { (other.job(&plain).await.lease_epoch > 1).then_some(()) };
        wait_for("a process that starts looks at it", looked).await;
        parked_with(&other, &plain, "left to another process").await;
        assert_eq!(
            all_events(&other, &plain).await,
            history,
            "and nothing has happened"
        );
        fitting.runtime.cancel(&holder).await.unwrap();
        for id in [&plain, &slotted] {
            let job = fitting.wait_until(id, JobState::Succeeded).await;
            assert_eq!(job.waiting, None);
            assert_eq!(events(&fitting, id, "job.adopted").await, 1);
        }
        for engine in [fitting, other, third] {
            engine.stop().await;
        }
    })
    .await;
}
